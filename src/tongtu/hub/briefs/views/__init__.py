"""The pages of briefs: thin over this room's functions."""
