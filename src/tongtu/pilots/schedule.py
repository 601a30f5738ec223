"""Gives each job its days on a line; the engine is in `scheduling`."""

from tongtu.pilots.scheduling.slots import AWAY_DAYS, HORIZON_DAYS, Schedule, schedule

__all__ = ["AWAY_DAYS", "HORIZON_DAYS", "Schedule", "schedule"]
