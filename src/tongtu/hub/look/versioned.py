"""Static files under names that carry a mark of their content: kept for ever by browsers, new once they change.

Files come out of the installed package; nothing has to be collected first. A page names `hub.1f3a9c….css`
(`{% static %}`), which is served beside the plain name with a year of caching; our style sheets name no other files.
"""

from __future__ import annotations

import hashlib
import re
from functools import cache
from pathlib import Path, PurePosixPath
from typing import Any

from django.contrib.staticfiles import finders
from django.contrib.staticfiles.finders import BaseFinder
from django.contrib.staticfiles.storage import StaticFilesStorage
from whitenoise.middleware import WhiteNoiseMiddleware

_MARK = re.compile(r"\.[0-9a-f]{12}(?=\.[^./]+$)")


class Versioned(StaticFilesStorage):
    """What `{% static %}` asks for an address."""

    def url(self, name: str | None) -> str:
        return str(super().url(versioned(name) if name else name))


class Served(WhiteNoiseMiddleware):
    """Each file under both of its names."""

    def add_file_to_dictionary(self, url: str, path: str, stat_cache: Any = None) -> None:
        super().add_file_to_dictionary(url, path, stat_cache=stat_cache)
        name = url.removeprefix(self.static_prefix)
        if name != url and (other := versioned(name)) != name:
            super().add_file_to_dictionary(self.static_prefix + other, path, stat_cache=stat_cache)


class Marked(BaseFinder):
    """Files by their names with a mark, for servers that ask the finders (those of tests do)."""

    def find(self, path: str, find_all: bool = False, **more: Any) -> Any:
        plain = _MARK.sub("", path)
        found = finders.find(plain) if plain != path and versioned(plain) == path else None
        return ([found] if found else []) if find_all or not found else found

    def list(self, ignore_patterns: Any) -> Any:
        return ()

    def check(self, **kwargs: Any) -> Any:
        return []


@cache
def versioned(name: str) -> str:
    """`tongtu/hub.css` with the mark of what it holds; a name that no file has stays as it is."""
    path = finders.find(name)
    if not isinstance(path, str) or not Path(path).is_file():
        return name
    mark = hashlib.sha256(Path(path).read_bytes()).hexdigest()[:12]
    plain = PurePosixPath(name)
    return str(plain.with_name(f"{plain.stem}.{mark}{plain.suffix}"))
