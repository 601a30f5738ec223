"""A few files of our own that the fork server reads once before it forks.

What the interpreter learns on the way (specialised code, type caches, bound symbols) is then shared by all
children instead of being written again by each: a third fewer page faults, and half the work of a small file.
"""

from __future__ import annotations

import io
import os
import zipfile

from tongtu.registry.boundary import tasks
from tongtu.registry.boundary.limits import Limits
from tongtu.registry.boundary.workbook import plain_file

_ROUNDS = 3
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_PARTS = {
    "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types"/>',
    "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="rId1" '
    f'Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
    "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>'
    '<sheet name="s" sheetId="1" r:id="rId1"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="rId1" '
    f'Type="{_OFFICE}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
    "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{_MAIN}"><sheetData><row r="1"><c r="A1"><v>1</v></c>'
    '<c r="B1" t="str"><v>a</v></c></row></sheetData><mergeCells><mergeCell ref="A1:B1"/></mergeCells></worksheet>',
}


def up() -> None:
    """Reads the samples through the tasks a child performs; the answers go nowhere."""
    samples = {
        ".csv": "名称,预算\n甲,1\n".encode("gb18030"),
        ".json": b'[{"a": 1}]',
        ".xlsx": _workbook(),
        ".txt": b"\xff",
    }
    limits = Limits().to_json()
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for suffix, data in samples.items():
        with plain_file() as file:
            file.write(data)
            for _ in range(_ROUNDS):
                job = {"task": "sheets", "suffix": suffix, "stem": "s", "limits": limits}
                tasks.perform(job, file.fileno(), nowhere)
    os.close(nowhere)


def _workbook() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as book:
        for name, text in _PARTS.items():
            book.writestr(name, text)
    return out.getvalue()
