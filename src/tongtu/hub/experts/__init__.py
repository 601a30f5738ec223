"""Who judges which listing, what they said of it, and conflicts of interest, which close it to them."""
