"""The commands of `tongtu fund`, one module for each question."""
