"""The guard: what a file must be before any parser sees it.

It looks at bytes alone and refuses with all faults it finds. Workbooks of the zip kind are the widest
hole, so they have a room of their own in `archive`.
"""

from __future__ import annotations

from tongtu.registry.boundary.refusal import refused
from tongtu.terms.why import Why

ZIPPED = (".xlsx", ".xlsm", ".xlsb", ".ods")
WORKBOOKS = (*ZIPPED, ".xls")
DELIMITED = (".csv", ".tsv", ".txt")
DOCUMENTS = (".json", ".jsonl")
TABLES = (*WORKBOOKS, *DELIMITED, *DOCUMENTS)
PAGES = (".html", ".htm")
FEEDS = (".rss", ".atom", ".xml")
PROSE = (".txt", ".md", ".markdown", *PAGES, ".pdf", ".docx", *FEEDS, *DOCUMENTS)

_WANTED = {
    **dict.fromkeys((*ZIPPED, ".docx"), ("zip",)),
    ".xls": ("ole",),
    ".pdf": ("pdf",),
    **dict.fromkeys((".txt", ".md", ".markdown", *PAGES, *FEEDS), ("text", "html")),
}

_MAGIC = (
    (b"PK\x03\x04", "zip"),
    (b"PK\x05\x06", "zip"),
    (b"PK\x07\x08", "zip"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "ole"),
    (b"%PDF-", "pdf"),
    (b"Rar!\x1a", "archive"),
    (b"7z\xbc\xaf\x27\x1c", "archive"),
    (b"\x1f\x8b", "archive"),
    (b"\xfd7zXZ\x00", "archive"),
    (b"PAR1\x15", "parquet"),
    (b"\x89PNG\r\n", "image"),
    (b"\xff\xd8\xff", "image"),
    (b"GIF89a", "image"),
    (b"\x7fELF", "program"),
    (b"MZ\x90\x00", "program"),
)
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")


def kind(data: bytes) -> str:
    """What the first bytes say: zip, ole, pdf, archive, parquet, image, program, html or text."""
    for magic, name in _MAGIC:
        if data.startswith(magic):
            return name
    start = data[:512].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if start.startswith((b"<!doctype", b"<html", b"<?xml", b"<table", b"<meta", b"mime-version")):
        return "html"
    return "text"


def admit(data: bytes, suffix: str) -> None:
    """Raises FileRefused where the content is empty, encrypted, or not what the suffix promises."""
    if not data:
        raise refused("empty")
    found = kind(data)
    if found == "ole" and suffix in (*WORKBOOKS, ".docx") and _ENCRYPTED in data:
        raise refused("encrypted")
    if found not in _WANTED.get(suffix, ("text",)):
        raise refused("content", suffix=suffix, found=Why(f"boundary.is-{found}"))
