"""Which pathway suits a pair: by the ways of co-operation both sides accept.

The default covers the common ways of selling and keeps a pair as long as several are open; a pathway of its own is
chosen for ways that the default does not know. Who wants another pins it to the case. The buyer's side is never chosen:
it runs beside a case.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import polars as pl

from tongtu.pathway.model import Pathway
from tongtu.registry.vocabularies import vocabularies
from tongtu.terms.faults import PackRefused, TongtuError
from tongtu.terms.why import Label, Why


def choose(cases: pl.DataFrame, pathways: Mapping[str, Pathway], as_of: date) -> pl.DataFrame:
    """A pathway for each case, with the reason.

    `cases` holds `case` and the two sides' `need_cooperation` and `achievement_cooperation` (lists of
    codes, null where a side has not said). Returns `case`, `pathway` (its key, `id@version`) and `why`
    (JSON), sorted by case. Raises PackRefused where no default pathway is in force on `as_of`.
    """
    in_force = [p for _, p in sorted(pathways.items()) if p.in_force(as_of) and p.side != "buyer"]
    default = next((pathway for pathway in in_force if pathway.default), None)
    if default is None:
        raise _none_in_force(as_of)
    cases = cases.sort("case")
    sides = zip(cases["need_cooperation"].to_list(), cases["achievement_cooperation"].to_list(), strict=True)
    chosen = [_choose(need, achievement, in_force, default) for need, achievement in sides]
    return cases.select("case").with_columns(
        pl.Series("pathway", [pathway.key for pathway, _ in chosen], pl.String),
        pl.Series("why", [why.to_json() for _, why in chosen], pl.String),
    )


def _choose(
    need: list[str] | None, achievement: list[str] | None, in_force: list[Pathway], default: Pathway
) -> tuple[Pathway, Why]:
    """The pathway written for most of the ways both accept; ties go to the default, then to the one written for the
    fewest other ways, then to the lower key."""
    if need and achievement and not set(need) & set(achievement):
        sides = {"need": _named(need), "achievement": _named(achievement)}
        return default, Why("pathway.no-common-way", {"pathway": default.label, **sides})
    common = [way for way in need or achievement or [] if way in (achievement or need or [])]
    if not common:
        return default, Why("pathway.chosen-unsaid", {"pathway": default.label})
    best = max(in_force, key=lambda p: (len(set(common) & set(p.cooperation)), p is default, -len(p.cooperation)))
    if set(common) & set(best.cooperation):
        ways = [way for way in common if way in best.cooperation]
        return best, Why("pathway.chosen-for", {"pathway": best.label, "ways": _named(ways)})
    return default, Why("pathway.chosen-default", {"pathway": default.label, "ways": _named(common)})


def _named(ways: list[str]) -> tuple[Label, ...]:
    names = vocabularies()["cooperation"]
    return tuple(names.get(way, Label(way)) for way in sorted(set(ways), key=[*names, *ways].index))


def _none_in_force(as_of: date) -> TongtuError:
    return PackRefused.because("pathway.none-in-force", "pathway.none-in-force-repair", day=as_of)
