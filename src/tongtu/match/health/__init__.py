"""The market's health: do both sides speak of the same things, do listings age, are needs filled, how long do
they wait, and which indicators does nobody meet (which is where research should go next).

`health` gives every figure with its n and interval, null where n is too small. Inside: `divergence` (two
vocabularies apart), `waiting` (Kaplan–Meier), `words` (what only one side says), `market` (the figures).
"""

from tongtu.match.health.market import Health, health

__all__ = ["Health", "health"]
