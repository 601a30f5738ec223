"""The program's version; `pyproject.toml` carries the same, and a test compares them."""

VERSION = "0.1.0"
