"""The pages of listings: thin over this room's functions."""
