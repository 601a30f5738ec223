"""Writes the reference pages from the definitions. `--check` only says whether they are current."""

from __future__ import annotations

import sys
from pathlib import Path

from tongtu.chain.tables import tables
from tongtu.registry import Noun, nouns

HERE = Path(__file__).parent / "reference"


def page(title: str, intro: str, found: dict[str, Noun]) -> str:
    """One section per table, one line per column."""
    lines = [f"# {title}", "", intro, ""]
    for noun in found.values():
        key = f" Key: `{'`, `'.join(noun.key)}`." if noun.key else ""
        lines += [
            f"## {noun.name}",
            "",
            f"{noun.zh} · {noun.en}.{key}",
            "",
            "| column | type | 中文 | English | rule | disclosure |",
            "| --- | --- | --- | --- | --- | --- |",
        ]
        for c in noun.columns:
            kind = f"{c.kind}:{c.of}" if c.of else c.kind
            rule = " ".join(filter(None, ("required" if c.required else "", c.constraint)))
            lines.append(f"| `{c.name}` | {kind} | {c.zh} | {c.en} | {rule} | {c.disclosure} |")
        lines.append("")
    return "\n".join(lines)


def pages() -> dict[str, str]:
    return {
        "tables.md": page(
            "The registry's tables", "Made by `scripts/docs` from `src/tongtu/registry/nouns/`.", nouns()
        ),
        "plan.md": page("The plan's tables", "Made by `scripts/docs` from `src/tongtu/chain/tables.csv`.", tables()),
    }


def main() -> int:
    stale = [
        name
        for name, text in pages().items()
        if not (HERE / name).is_file() or (HERE / name).read_text(encoding="utf-8") != text
    ]
    if "--check" in sys.argv[1:]:
        print("\n".join(f"stale: docs/reference/{name}; run scripts/docs" for name in stale))
        return 1 if stale else 0
    HERE.mkdir(exist_ok=True)
    for name in stale:
        (HERE / name).write_text(pages()[name], encoding="utf-8")
        print(f"written: docs/reference/{name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
