"""The commands of `tongtu pilots`, one module for each question."""
