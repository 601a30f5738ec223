"""Matches with their reasons, interest from both sides, click-NDA, feedback, clearing rounds."""
