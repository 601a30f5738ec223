"""Needs, achievements, scenarios and platforms from draft to expiry; search, saved searches, feeds."""
