"""The base page, the style, the components, and the tags that speak the catalogue's words."""
