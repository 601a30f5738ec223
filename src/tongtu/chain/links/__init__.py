"""The links of the chain, in order. Each hands tables to an engine and names what came back."""
