"""Cases as files that other programs read; see `pathway.exchange`."""

from __future__ import annotations

import json
from datetime import UTC, datetime, time

from tongtu.chain.passage.ground import Passage, label
from tongtu.pathway import exchange
from tongtu.terms import icalendar
from tongtu.terms.words import Lang, word

#: form → the usual end of a file's name
FORMS = {"ocds": ".json", "xes": ".xes", "ocel": ".jsonocel", "ics": ".ics"}


def exported(
    passage: Passage, form: str, lang: Lang, *, case: str | None = None, prefix: str | None = None,
    amounts: bool = False, waits_on: str | None = None,
) -> str:  # fmt: skip
    """One case or all of them in one of FORMS, as text."""
    registry, as_of = passage.network.registry, passage.network.as_of
    if form == "xes":
        return exchange.xes(registry, passage.pathways, case=case, lang=lang)
    if form == "ics":
        return _calendar(passage, lang, case, waits_on)
    if form == "ocel":
        return _json(exchange.ocel(registry, case=case))
    found = exchange.releases(registry, passage.pathways, as_of=as_of, case=case, lang=lang, amounts=amounts,
                              prefix=prefix or exchange.PREFIX)  # fmt: skip
    return _json(exchange.records(found, as_of=as_of))


def _calendar(passage: Passage, lang: Lang, case: str | None, waits_on: str | None) -> str:
    names = {own: label(passage.titled(own)) for own in passage.rows}
    party = passage.network.one("organisations", waits_on) if waits_on else None
    found = exchange.reminders(passage.told, passage.pathways, names=names, lang=lang, waits_on=party)
    mine = [one for one in found if case is None or case in one.categories]
    stamp = datetime.combine(passage.network.as_of, time(), UTC)
    return icalendar.feed(mine, name=word("pathway_exchange.calendar", lang), stamp=stamp)


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, indent=1) + "\n"
