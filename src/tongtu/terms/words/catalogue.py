"""Reading the catalogue and putting arguments into its sentences."""

from __future__ import annotations

import string
import tomllib
from datetime import date
from functools import cache
from importlib import resources
from typing import Any, Literal

from tongtu.terms.money import Money
from tongtu.terms.why import Label, Quantity, Ratio, Why

Lang = Literal["zh", "en"]
LANGUAGES: tuple[Lang, ...] = ("zh", "en")

Entry = dict[str, Any]


def as_lang(text: str | None) -> Lang:
    """A language from a setting or locale: anything that is not English is Chinese."""
    return "en" if (text or "").lower().startswith("en") else "zh"


def rooms() -> list[str]:
    """Names of the catalogue's files."""
    folder = resources.files(__package__)
    return sorted(f.name.removesuffix(".toml") for f in folder.iterdir() if f.name.endswith(".toml"))


@cache
def entries(room: str) -> dict[str, Entry]:
    """All entries of one room; an unknown room is empty."""
    file = resources.files(__package__) / f"{room}.toml"
    return tomllib.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}


def find(code: str) -> Entry | None:
    room, _, name = code.partition(".")
    return entries(room).get(name)


def word(code: str, lang: Lang = "zh", /, **args: Any) -> str:
    """A word or sentence by its code; an unknown code is shown as it stands, so nothing is lost."""
    entry = find(code)
    if entry is None:
        return code if not args else f"{code} {args}"
    text = entry[lang]
    if isinstance(text, dict):
        text = text["one" if args.get("n") == 1 else "other"]
    if not args:
        return str(text)
    return str(text).format_map(_Shown({k: show(v, lang) for k, v in args.items()}))


def say(why: Why, lang: Lang = "zh") -> str:
    """A reason as a sentence; the finer reasons follow in brackets."""
    sentence = word(why.code, lang, **why.args)
    if not why.parts:
        return sentence
    inner = ("；" if lang == "zh" else "; ").join(say(part, lang) for part in why.parts)
    return f"{sentence}（{inner}）" if lang == "zh" else f"{sentence} ({inner})"


def show(value: Any, lang: Lang = "zh") -> str:
    """One argument as people read it in this language."""
    match value:
        case None:
            return word("terms.unknown", lang)
        case bool():
            return word("terms.yes" if value else "terms.no", lang)
        case Why():
            return say(value, lang)
        case Money() | Label():
            return value.say(lang)
        case Ratio():
            return f"{_percent(value.value * 100)}%"
        case Quantity():
            return f"{_number(value.value)} {value.unit}".strip()
        case date():
            return f"{value.year}年{value.month}月{value.day}日" if lang == "zh" else value.isoformat()
        case int():
            return f"{value:,}" if abs(value) >= 10_000 else str(value)
        case float():
            return _number(value)
        case list() | tuple():
            return ("、" if lang == "zh" else ", ").join(show(v, lang) for v in value)
    return str(value)


def missing(code: str) -> list[str]:
    """What is wrong with a code's entry: absent, a language short, placeholders that differ."""
    entry = find(code)
    if entry is None:
        return [f"{code}: not in the catalogue"]
    faults = [f"{code}: no {lang}" for lang in LANGUAGES if not entry.get(lang)]
    if not faults:
        zh, *others = [_placeholders(t) for lang in LANGUAGES for t in _texts(entry[lang])]
        faults = [f"{code}: placeholders differ between languages" for o in others if o != zh][:1]
    return faults


def _texts(value: Any) -> list[str]:
    return list(value.values()) if isinstance(value, dict) else [value]


def _placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def _percent(value: float) -> str:
    """Two decimals at most, as people read shares; a share too small for them keeps one digit that counts."""
    shown = round(value, 2)
    return _number(shown if shown or not value else float(f"{value:.1g}"))


def _number(value: float) -> str:
    return f"{value:,.4g}" if abs(value) < 1e4 else f"{value:,.0f}"


class _Shown(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return "{" + key + "}"
