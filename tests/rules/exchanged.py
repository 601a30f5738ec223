"""One scheme with everything the exchange must carry, for the tests of pages, decision tables and workbooks."""

from __future__ import annotations

from rulebook import HERE

SCHEME = (HERE / "everything.yaml").read_text(encoding="utf-8")
