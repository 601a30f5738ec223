"""Tongtu 通途: from laboratory result to industry, for a consortium, a region or a nation."""

__version__ = "0.1.0"
