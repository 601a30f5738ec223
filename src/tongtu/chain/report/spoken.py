"""Reasons and names in both languages at once: every text of the page is a pair [zh, en]."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tongtu.registry import Registry
from tongtu.registry.vocabularies import vocabularies
from tongtu.terms.money import Money
from tongtu.terms.why import Label, Why
from tongtu.terms.words import LANGUAGES, say, show, word

if TYPE_CHECKING:
    from tongtu.packs import Pack

Pair = list[str]


def both(why: str | Why | None) -> Pair:
    """A stored reason, whole, in both languages; nothing where there is none."""
    if not why:
        return ["", ""]
    found = Why.from_json(why) if isinstance(why, str) else why
    return [say(found, lang) for lang in LANGUAGES]


def split(why: str | None) -> tuple[Pair, list[Pair]]:
    """A stored reason as its sentence and the finer reasons below it."""
    if not why:
        return ["", ""], []
    found = Why.from_json(why)
    return both(Why(found.code, found.args)), [both(part) for part in found.parts]


def words(code: str, **args: Any) -> Pair:
    return [word(code, lang, **args) for lang in LANGUAGES]


def shown(value: Any) -> Pair:
    return [show(value, lang) for lang in LANGUAGES]


def money(minor: int | None, currency: str | None) -> Pair:
    return words("terms.unknown") if minor is None else shown(Money(minor, currency or "CNY"))


def named(row: dict[str, Any], column: str = "name") -> Pair:
    """A row's name in both languages; the one that exists stands in for the other."""
    zh, en = row.get(column) or "", row.get(f"{column}_en") or ""
    return [zh or en, en or zh]


def names(registry: Registry, noun: str, column: str = "name") -> dict[str, Pair]:
    """Key → name of every row of a noun."""
    key = registry[noun].columns[0]
    return {row[key]: named(row, column) for row in registry[noun].iter_rows(named=True)}


def labels(pack: Pack) -> dict[str, dict[str, Pair]]:
    """Every vocabulary, the software's and the pack's, as code → [zh, en]."""
    found = {**vocabularies(), **pack.vocabularies}
    return {v: {code: pair(label) for code, label in entries.items()} for v, entries in found.items()}


def pair(label: Label) -> Pair:
    return [label.say(lang) for lang in LANGUAGES]
