"""A dossier as a PDF, set by typst from a template of ours. What comes from data is data there, never markup."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, time
from importlib import resources
from pathlib import Path
from typing import Any, Literal

from tongtu.chain.dossier.document import Document, plain
from tongtu.chain.dossier.shell import wide
from tongtu.terms.faults import UsageFault
from tongtu.terms.words import LANGUAGES, Lang

#: Columns up to so many places are never broken; beyond so many a longer one asks for no more, or one of sentences.
_SHORT, _LONG, _LONGEST = 12, 40, 64
#: Families that hold Chinese characters, best first; a name may be the beginning of one ("Noto Sans CJK" SC, TC ...).
CJK = (
    "Source Han Sans SC", "Noto Sans CJK SC", "Noto Sans SC", "Source Han Sans CN", "PingFang SC", "Microsoft YaHei",
    "WenQuanYi Micro Hei", "WenQuanYi Zen Hei", "Source Han Serif SC", "Noto Serif CJK SC", "Noto Serif SC", "SimSun",
    "SimHei", "FangSong", "Droid Sans Fallback", "Source Han", "Noto Sans CJK", "Noto Serif CJK", "AR PL",
)  # fmt: skip


def write_pdf(document: Document, path: Path, as_of: date, lang: Lang = "zh", fonts: Path | None = None) -> Path:
    """Writes the PDF in one language; its dates come from `as_of`, so equal dossiers give equal files.

    `fonts` is a folder with more fonts. Raises UsageFault where no Chinese font is found, which typst itself
    passes over in silence, leaving holes.
    """
    path.write_bytes(_compiled(document, as_of, lang, fonts, "pdf"))
    return path


def pictures(document: Document, as_of: date, lang: Lang = "zh", fonts: Path | None = None) -> list[bytes]:
    """The same pages as PNG images."""
    found = _compiled(document, as_of, lang, fonts, "png")
    return found if isinstance(found, list) else [found]


def _compiled(document: Document, as_of: date, lang: Lang, fonts: Path | None, form: Literal["pdf", "png"]) -> Any:
    import typst

    available = typst.Fonts(include_system_fonts=True, include_embedded_fonts=True,
                            font_paths=[str(fonts)] if fonts else [])  # fmt: skip
    family = chinese_font(available.families())
    template = resources.files(__package__ or "").joinpath("files/dossier.typ").read_bytes()
    data = _measured(plain(document, LANGUAGES.index(lang)), family)
    told = {"data": json.dumps(data, ensure_ascii=False), "font": family, "lang": lang, "day": as_of.isoformat()}
    compiler = typst.Compiler(template, font_paths=available, sys_inputs=told)
    stamp = datetime.combine(as_of, time(), UTC)
    return compiler.compile(format=form, timestamp=stamp, ppi=110.0)


def _measured(value: Any, family: str) -> Any:
    """The same JSON, each table with the width its columns ask for (places of the longest cell, null where short),
    each picture with the family its texts are set in."""
    if isinstance(value, list):
        return [_measured(part, family) for part in value]
    if not isinstance(value, dict):
        return value
    found = {name: _measured(part, family) for name, part in value.items()}
    if found.get("is") == "table":
        found["widths"] = [_width(column, i, found["rows"]) for i, column in enumerate(found["columns"])]
    if found.get("is") == "chart":
        found["svg"] = found["svg"].replace("<svg ", f'<svg font-family="{family}" ', 1)
    return found


def _width(column: dict[str, Any], at: int, rows: list[list[dict[str, Any]]]) -> int | None:
    most = max(map(wide, (column["head"], *(row[at]["text"] for row in rows))))
    return None if most <= _SHORT else min(most, _LONGEST if column["kind"] == "long" else _LONG)


def chinese_font(families: list[str]) -> str:
    """The best family there is for Chinese. Raises UsageFault when there is none."""
    for wanted in CJK:
        for family in families:
            if family.startswith(wanted):
                return family
    raise UsageFault.because("dossier.no-font", "dossier.no-font-repair", examples=CJK[:3])
