"""The commands of `tongtu risk`."""
