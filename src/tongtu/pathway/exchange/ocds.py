"""Cases in the spirit of the Open Contracting Data Standard 1.1: releases, the compiled and the versioned release.

The standard is about public purchasing and a passage is not, so what is ours is named: the mapping of phases
(disclosure, concept → planning; pilot → tender; scale-up and orders → implementation), a stay in a stage as a
milestone, and everything below `passage`, which is no part of the standard. An `ocid` begins with a prefix that the
standard's owners register for a publisher; ours is not registered. Amounts are commercial and stay out unless asked.

A release is what became known on a day, so releases stand in the order of recording. What was recorded late changes
what an earlier day is now known to have been; merged, the releases always give what the log says.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any

import polars as pl

from tongtu.pathway.cases import replay
from tongtu.pathway.exchange.log import Row, logs, midnight, recorded
from tongtu.pathway.exchange.merging import compiled, difference, versioned
from tongtu.pathway.model import Pathway
from tongtu.registry import Registry, noun
from tongtu.terms.words import Lang

PREFIX = "ocds-tongtu"
_SECTION = {"disclosure": "planning", "concept": "planning", "pilot": "tender"}
#: roles of the standard's codelist by the column of the case that holds the organisation
_ROLES = {"demander": "buyer", "holder": "supplier", "lead": "procuringEntity", "risk_owner": "funder",
          "platform": "reviewBody", "partners": "supplier"}  # fmt: skip
_MET = {"passed": "met", "failed": "notMet", "withdrawn": "notMet", "censored": "scheduled"}
_TENDER = {"open": "active", "held": "active", "recycled": "active", "killed": "cancelled", "done": "complete"}
_OUTCOMES = ("paid", "ordered", "produced")


def releases(
    registry: Registry, pathways: Mapping[str, Pathway], *, as_of: date, case: str | None = None,
    prefix: str = PREFIX, lang: Lang = "zh", amounts: bool = False,
) -> list[Row]:  # fmt: skip
    """What became known of each case on each day, cases by id, days in order; JSON values.

    `prefix`: what an `ocid` begins with. `amounts`: with the values of agreements.
    """
    writer = _Writer(registry, pathways, prefix, lang, amounts)
    found = list(logs(registry, case))
    days = {row["case"]: sorted({recorded(event) for event in log if recorded(event) <= as_of}) for row, log in found}
    told = _replayed(registry, pathways, days)
    return [one for row, log in found for one in writer.releases(row, log, days[row["case"]], told)]


def records(found: Iterable[Row], *, as_of: date) -> Row:
    """A record package of releases: each process with its releases, its compiled and its versioned release."""
    by: dict[str, list[Row]] = {}
    for one in found:
        by.setdefault(one["ocid"], []).append(one)
    return {
        "uri": f"urn:tongtu:records:{as_of.isoformat()}",
        "version": "1.1",
        "publishedDate": midnight(as_of),
        "publisher": {"name": "Tongtu"},
        "records": [
            {"ocid": ocid, "releases": mine, "compiledRelease": compiled(mine), "versionedRelease": versioned(mine)}
            for ocid, mine in sorted(by.items())
        ],
    }


#: states and stays of a case as known on a day
_Told = Mapping[tuple[str, date], tuple[list[Row], list[Row]]]


def _replayed(registry: Registry, pathways: Mapping[str, Pathway], days: Mapping[str, list[date]]) -> _Told:
    """Every case on every day on which something became known of it; all cases of a day at once."""
    of: dict[date, list[str]] = {}
    for case, own in days.items():
        for day in own:
            of.setdefault(day, []).append(case)
    found: dict[tuple[str, date], tuple[list[Row], list[Row]]] = {}
    for day, cases in of.items():
        mine = pl.col("case").is_in(cases)
        told = replay(
            registry["events"].filter(mine), registry["cases"].filter(mine), pathways, as_of=day, known_at=day
        )
        found |= {(case, day): ([], []) for case in cases}
        for at, frame in enumerate((told.states, told.stays)):
            for row in frame.iter_rows(named=True):
                found[row["case"], day][at].append(row)
    return found


class _Writer:
    def __init__(
        self, registry: Registry, pathways: Mapping[str, Pathway], prefix: str, lang: Lang, amounts: bool
    ) -> None:  # fmt: skip
        self.registry, self.pathways, self.prefix = registry, pathways, prefix
        self.lang, self.amounts = lang, amounts
        self.names = {noun_: _names(registry, noun_, column, lang) for noun_, column in
                      (("organisations", "name"), ("platforms", "name"), ("needs", "title"))}  # fmt: skip
        self.agreements = {row["agreement"]: row for row in registry["agreements"].iter_rows(named=True)}

    def releases(self, row: Row, log: list[Row], days: list[date], told: _Told) -> Iterator[Row]:
        """What each day adds to what was known of a case."""
        ocid = f"{self.prefix}-{row['case']}"
        before: Row = {}
        seen: set[str] = set()
        for day in days:
            known = [event for event in log if recorded(event) <= day and event["on"] <= day]
            now = self.content(row, known, *told[row["case"], day])
            changed = difference(before, now)
            if changed:
                head = {"ocid": ocid, "id": f"{ocid}-{day.isoformat()}", "date": midnight(day)}
                yield {**head, "tag": _tags(changed, seen), "language": self.lang, **changed}
            before = now

    def content(self, row: Row, known: list[Row], states: list[Row], stays: list[Row]) -> Row:
        """Everything that is known of a case on a day."""
        passage = self.passage(known, states)
        stones: dict[str, list[Row]] = {}
        for stay in stays:
            stones.setdefault(_SECTION.get(stay["phase"], "implementation"), []).append(self.milestone(stay))
        found: Row = {
            "initiationType": "tender",
            "parties": self.parties(row, known),
            "planning": {"milestones": stones.get("planning", [])},
            "passage": passage,
        }
        need = self.names["needs"].get(row["need"] or "")
        if need:
            found["planning"]["rationale"] = need
        if row["demander"]:
            found["buyer"] = self.named(row["demander"])
        if "tender" in stones or any(event["branch"] for event in known):
            status = _TENDER.get(passage.get("state", ""), "active")
            answers = sorted({event["by"] for event in known if event["branch"] and event["by"]})
            found["tender"] = {"id": row["case"], "status": status, "milestones": stones.get("tender", []),
                               "tenderers": [self.named(one) for one in answers]}  # fmt: skip
        return found | self.contracts(row, known, stones.get("implementation", []))

    def passage(self, known: list[Row], states: list[Row]) -> Row:
        """Our own part: where the case stands, as the log is replayed, and what was decided."""
        first = next((one for one in states if not one["branch"]), {})
        stands = [{"id": _place(one), "stage": one["stage"], "branch": one["branch"], "gate": one["gate"],
                   "state": one["state"], "since": _day(one["since"]), "due": _day(one["due"]),
                   "waitsFor": one["waits_for"]} for one in states]  # fmt: skip
        decided = [{"id": event["event"], "gate": event["gate"], "branch": event["branch"], "kind": event["kind"],
                    "decision": event["decision"], "date": midnight(event["on"]), "by": event["by"],
                    "reason": event["reason"]}
                   for event in known
                   if event["kind"] in ("decided", "approved", "shortlisted", "eliminated", "awarded")]  # fmt: skip
        heads = {name: first.get(name) for name in ("pathway", "version", "state", "lane")}
        return {**_told(heads), "stands": [_told(one) for one in stands], "decisions": [_told(one) for one in decided]}

    def milestone(self, stay: Row) -> Row:
        """A stay in a stage: due, met or not, under the code of its phase."""
        pathway = self.pathways.get(f"{stay['pathway']}@{stay['version']}")
        labels = {stage.id: stage.label.say(self.lang) for stage in pathway.stages} if pathway else {}
        return _told({
            "id": f"{_place(stay)}#{stay['round']}", "title": labels.get(stay["stage"], stay["stage"]),
            "type": "approval", "code": stay["phase"], "status": _MET[stay["result"]], "dueDate": _day(stay["due"]),
            "dateMet": _day(stay["left"]) if stay["result"] == "passed" else None,
            "dateModified": _day(stay["left"] or stay["entered"]),
        })  # fmt: skip

    def parties(self, row: Row, known: list[Row]) -> list[Row]:
        roles: dict[str, set[str]] = {}
        for column, part in _ROLES.items():
            found = row[column]
            for own in found if isinstance(found, list) else [found]:
                if own and not (column == "partners" and own in roles):
                    roles.setdefault(own, set()).add(part)
        for event in known:
            if event["branch"] and event["by"]:
                roles.setdefault(event["by"], set()).add("tenderer")
        return [{**self.named(own), "roles": sorted(roles[own])} for own in sorted(roles)]

    def contracts(self, row: Row, known: list[Row], stones: list[Row]) -> Row:
        """Agreements that were signed, and the passage's own implementation: milestones, payments, orders."""
        signed = [event for event in known if event["kind"] == "signed" and event["agreement"]]
        found = [self.contract(event) for event in signed]
        done = [{"id": event["event"], "date": midnight(event["on"]), "kind": event["kind"]}
                for event in known if event["kind"] in _OUTCOMES]  # fmt: skip
        if stones or done:
            run: Row = {"milestones": stones}
            run |= {"outcomes": done} if done else {}
            found.append({"id": row["case"], "awardID": row["case"], "status": "active", "implementation": run})
        awards = [{"id": one["awardID"], "status": "active"} for one in found]
        winners = [{"id": f"{row['case']}/{event['branch']}", "status": "active", "date": midnight(event["on"])}
                   for event in known if event["kind"] == "awarded"]  # fmt: skip
        more: Row = {"awards": [*awards, *winners]} if awards or winners else {}
        return more | ({"contracts": found} if found else {})

    def contract(self, event: Row) -> Row:
        own = event["agreement"]
        row = self.agreements.get(own, {})
        value = {"amount": row["amount"] / 100, "currency": row["currency"]} if (
            self.amounts and row.get("amount") is not None and row.get("currency")) else None  # fmt: skip
        return _told({"id": own, "awardID": own, "status": "active", "dateSigned": midnight(event["on"]),
                      "value": value, "title": row.get("kind")})  # fmt: skip

    def named(self, own: str) -> Row:
        name = self.names["organisations"].get(own) or self.names["platforms"].get(own)
        return {"id": own, "name": name or own}


def _names(registry: Registry, table: str, column: str, lang: Lang) -> dict[str, str]:
    first, second = (column, f"{column}_en") if lang == "zh" else (f"{column}_en", column)
    rows = registry[table].select(noun(table).key[0], first, second).iter_rows()
    return {key: one or other for key, one, other in rows if one or other}


def _tags(changed: Row, seen: set[str]) -> list[str]:
    """The parts of the process that a release is about; new the first time, an update after."""
    found = [name for name in ("planning", "tender", "awards", "contracts") if changed.get(name)]
    if any("implementation" in one for one in changed.get("contracts") or ()):
        found.append("implementation")
    tags = [f"{name.removesuffix('s')}{'Update' if name in seen else ''}" for name in found]
    seen.update(found)
    return tags or ["planningUpdate"]


def _place(row: Row) -> str:
    return "/".join(filter(None, (row["branch"], row["stage"] or "-")))


def _day(value: Any) -> str | None:
    return None if value is None else midnight(value)


def _told(row: Row) -> Row:
    """Without what is not known: null would mean that it was removed."""
    return {key: value for key, value in row.items() if value is not None}
