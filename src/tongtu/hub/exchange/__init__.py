"""Workbooks in, with a dry run, all faults and undo by batch; complete exports out."""
