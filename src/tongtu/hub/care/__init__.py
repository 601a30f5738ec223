"""The log of what happened, health, backup and restore."""
