"""The import boundary: the one way in for files of others.

Every file passes one guard before any parser sees it, and is parsed in a guarded child: a process forked
for this one file, with a share of memory and time, no files but this one, and nothing to say but JSON.

    door      read, read_text, read_json, read_prose, read_folder, mark: opens the file, hands it over,
              gathers the answer
    client    starts the fork servers (tables, prose), waits for answers, outlives its death
    server    the fork server: forks, watches, reports (`warm`)   ── another process from here on ──
    tasks     what a child does: bytes → guard → parser → frames of JSON (`wire`)
    guard     what a file must be;  archive  zips judged and packed anew;  text  encodings and delimiters
    workbook  calamine on the plain copy;  binary  error cells of .xls and .xlsb;  documents  JSON
    prose     text, HTML, PDF, DOCX and feeds to runs of text
    cells     all of them to sheets of columns;  marking  faulty cells marked

Linux gets all of it; macOS lacks the watch over resident memory; Windows cannot fork and is told so.
"""

from tongtu.registry.boundary.door import Cell, Marked, Sheet, mark, read, read_folder, read_json, read_prose, read_text
from tongtu.registry.boundary.limits import Limits
from tongtu.registry.boundary.prose import Prose, Run

__all__ = [
    "Cell",
    "Limits",
    "Marked",
    "Prose",
    "Run",
    "Sheet",
    "mark",
    "read",
    "read_folder",
    "read_json",
    "read_prose",
    "read_text",
]
