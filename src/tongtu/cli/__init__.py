"""The shell: `tongtu COMMAND`. Each command is one module of this room, imported when it is called."""

from tongtu.cli.main import main

__all__ = ["main"]
