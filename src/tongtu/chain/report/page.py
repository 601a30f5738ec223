"""Writing the page: template, style and scripts put together, data as JSON that no browser takes for markup."""

from __future__ import annotations

import base64
import hashlib
import json
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

from tongtu.chain.report.payload import payload
from tongtu.registry import Registry
from tongtu.terms.faults import UsageFault
from tongtu.terms.words import word

if TYPE_CHECKING:
    from tongtu.chain.plan import Plan
    from tongtu.packs import Pack

_SCRIPTS = ("assets/echarts.min.js", "files/base.js", "files/charts.js", "files/sections.js")


def write_page(plan: Plan, registry: Registry, pack: Pack, path: Path) -> Path:
    """Writes one HTML file that needs nothing else: no address outside it is ever asked.

    Raises UsageFault where the installed package lacks the chart library.
    """
    scripts = [_text(name).replace("</script", "<\\/script") for name in _SCRIPTS]
    hashes = " ".join(f"'sha256-{_sha256(script)}'" for script in scripts)
    page = _text("files/report.html")
    parts = {
        "{hashes}": hashes,
        "{title}": word("report.title"),
        "{style}": _text("files/report.css"),
        "{data}": _json(payload(plan, registry, pack)),
        "{scripts}": "\n".join(f"<script>{script}</script>" for script in scripts),
    }
    head, tail = page, ""
    for (
        mark,
        text,
    ) in parts.items():  # in the template's order, so that no mark inside the data is ever replaced
        before, after = head.split(mark, 1)
        tail += before + text
        head = after
    path.write_text(tail + head, encoding="utf-8")
    return path


def _text(name: str) -> str:
    file = resources.files("tongtu.chain.report").joinpath(name)
    if not file.is_file():
        raise UsageFault.because("chain.no-asset", "chain.no-asset-repair", name=name)
    return file.read_text(encoding="utf-8")


def _sha256(script: str) -> str:
    return base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()


def _json(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")
