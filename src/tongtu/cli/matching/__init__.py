"""The clearinghouse's commands on a person's own tables; `tongtu match` lists them."""
