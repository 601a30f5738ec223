"""`python -m tongtu.hub COMMAND`: Django's own commands on this hub (migrate, check, shell …)."""

from __future__ import annotations

import os
import sys

from django.core.management import execute_from_command_line

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tongtu.hub.settings")
    execute_from_command_line(["tongtu.hub", *sys.argv[1:]])
