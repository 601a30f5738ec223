"""Conflicts of interest as pairs to leave out: derived from the registry, each with its reasons.

`related` looks at organisations: the same, one owner group, a declared conflict in force, and, where asked for,
past co-operation (a project together, a case together, a platform used) that ended within a window; `declared`
adds what is said for one round, of organisations or of single listings. `meeting` carries this over to pairs of
listings by who stands behind each: its organisations, and itself. A pair that is left out is no edge of the
allocation, so no score, not even all zeros, can bring it back.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Literal

import polars as pl

from tongtu.match import sides
from tongtu.match.eligible import conflicts as on_record
from tongtu.match.eligible import roots
from tongtu.registry import Registry, vocabularies
from tongtu.terms.why import Label, Why

#: organisation, party (both ways round; listings as `_itself` names them), rule: code of the reason, name and day: its
#: facts
RELATED = {"organisation": pl.String, "party": pl.String, "rule": pl.String, "name": pl.String, "day": pl.Date}

_OWN, _GROUP, _DECLARED = "match.refused-own", "match.refused-group", "match.refused-conflict"
_PAST = "match_allocation.past-"


def related(
    registry: Registry, *, as_of: date, past: Literal["allowed", "forbidden"] = "allowed", window: int = 36
) -> pl.DataFrame:
    """Organisations that stand in conflict: frame of `RELATED`, sorted, beside each with itself.

    `past`: whether co-operation within the last `window` months is a conflict. Without an end it is still on.
    """
    found = [pl.DataFrame(schema=RELATED), _groups(registry), _declared(registry, as_of)]
    if past == "forbidden":
        since = pl.Series([as_of]).dt.offset_by(f"-{window}mo")[0]
        found += [_lasting(frame, since, as_of) for frame in _together(registry)]
    every = pl.concat(found, how="diagonal_relaxed").select(list(RELATED))
    return every.unique().sort(list(RELATED))


def declared(given: pl.DataFrame, as_of: date) -> pl.DataFrame:
    """What is declared for a round, as far as it is in force: frame of `RELATED`, for `meeting`.

    `given`: a_kind, a, b_kind, b (organisations or listings), kind (a `conflict_kind`, null: declared), since, until.
    """
    begun, lasts = (pl.col("since") <= as_of).fill_null(True), (pl.col("until") >= as_of).fill_null(True)
    now = given.filter(begun & lasts)
    ends = [_itself(pl.col(f"{end}_kind"), pl.col(end)) for end in ("a", "b")]
    both = [
        now.select(one.alias("organisation"), other.alias("party"), pl.lit(_DECLARED).alias("rule"),
                   pl.col("kind").fill_null("declared").alias("name"), pl.col("until").alias("day"))
        for one, other in (ends, ends[::-1])
    ]  # fmt: skip
    return pl.concat([pl.DataFrame(schema=RELATED), *both]).unique().sort(list(RELATED))


def _itself(kind: pl.Expr, own: pl.Expr) -> pl.Expr:
    """A party's name: an organisation's id, or that of a listing, which no organisation can have."""
    return pl.when(kind == "organisation").then(own).otherwise(pl.concat_str(kind, own, separator="\x1f"))


def parties(registry: Registry, kind: str, as_of: date) -> pl.DataFrame:
    """id, organisation: who stands behind each listing; an achievement's co-owners in force as well."""
    own = sides.listings(registry, kind).select("id", "organisation")
    if kind == "organisation":
        own = own.with_columns(organisation=pl.col("id"))
    found = [own.drop_nulls()]
    if kind == "achievement":
        owners = registry["ownership"].filter(pl.col("right") == "owner")
        begun, lasts = (pl.col("since") <= as_of).fill_null(True), (pl.col("until") >= as_of).fill_null(True)
        found.append(owners.filter(begun & lasts).select(id="achievement", organisation="holder").drop_nulls())
    return pl.concat(found).unique().sort("id", "organisation")


def meeting(
    pairs: pl.DataFrame, registry: Registry, related: pl.DataFrame, *, as_of: date,
    ask: str = "need", answer: str = "achievement", itself: bool = False,
) -> pl.DataFrame:  # fmt: skip
    """ask, answer, why: the pairs whose organisations are related, or one and the same, with every reason.

    `itself`: one and the same may meet, as where no deal is made (a holder's own pilot platform).
    """
    both = pairs.select(asking=ask, answering=answer).unique()  # a side may itself be called organisation
    both = both.join(_voices(registry, ask, both["asking"], as_of), left_on="asking", right_on="id")
    theirs = _voices(registry, answer, both["answering"], as_of).rename({"organisation": "party"})
    both = both.join(theirs, left_on="answering", right_on="id")
    same = both.filter(pl.col("organisation") == pl.col("party")).with_columns(
        rule=pl.lit(_OWN), name=pl.lit(None, pl.String), day=pl.lit(None, pl.Date)
    )
    same = same.clear() if itself else same
    found = pl.concat([same, both.join(related, on=["organisation", "party"])], how="diagonal_relaxed")
    facts = ["asking", "answering", "rule", "name", "day"]
    found = found.select(facts).unique().sort(facts)
    reasons = found.group_by("asking", "answering", maintain_order=True).agg(
        pl.struct("rule", "name", "day").alias("reasons")
    )
    known = _names(registry)
    why = [_why(rows, known).to_json() for rows in reasons["reasons"].to_list()]
    named = reasons.select(pl.col("asking").alias(ask), pl.col("answering").alias(answer))
    return named.with_columns(why=pl.Series(why, dtype=pl.String))


def _voices(registry: Registry, kind: str, ids: pl.Series, as_of: date) -> pl.DataFrame:
    """`parties`, and each of these listings by itself."""
    own = ids.unique().alias("id").to_frame().with_columns(organisation=_itself(pl.lit(kind), pl.col("id")))
    return pl.concat([parties(registry, kind, as_of), own]).unique().sort("id", "organisation")


def _names(registry: Registry) -> dict[str, Label]:
    """What the groups and the kinds of conflicts are called."""
    rows = registry["organisations"].select("organisation", "name", "name_en").iter_rows()
    return {
        **vocabularies()["conflict_kind"],
        **{own: Label(name or own, english or "") for own, name, english in rows},
    }


def _why(reasons: Iterable[dict[str, object]], known: dict[str, Label]) -> Why:
    return Why("match_allocation.conflict", {}, tuple(_reason(row, known) for row in reasons))


def _reason(row: dict[str, object], known: dict[str, Label]) -> Why:
    rule, name, day = str(row["rule"]), row["name"], row["day"]
    called = known.get(str(name), name)
    if rule == _OWN:
        return Why("match_allocation.own")
    if rule == _GROUP:
        return Why("match_allocation.group", {"group": called})
    if rule == _DECLARED:
        return Why("match_allocation.declared", {"kind": called})
    return Why(rule, {"name": name}) if day is None else Why(f"{rule}-until", {"name": name, "day": day})


def _groups(registry: Registry) -> pl.DataFrame:
    """Different organisations under one owner, however many levels up."""
    found = pl.DataFrame(
        list(roots(registry).items()), schema={"organisation": pl.String, "name": pl.String}, orient="row"
    )
    both = found.join(found.rename({"organisation": "party"}), on="name")
    return both.filter(pl.col("organisation") != pl.col("party")).with_columns(rule=pl.lit(_GROUP))


def _declared(registry: Registry, as_of: date) -> pl.DataFrame:
    found = on_record(registry, as_of).with_columns(rule=pl.lit(_DECLARED))
    return found.select("organisation", "party", "rule", name="kind", day="until")


def _together(registry: Registry) -> list[pl.DataFrame]:
    """member, name (of what they did), rule, day (its end): who did something together, by what they did."""
    projects = registry["projects"].select("project", name="title", day="end", lead="lead")
    in_projects = pl.concat([
        registry["participants"].select("project", member="organisation"),
        projects.select("project", member="lead"),
    ])  # fmt: skip
    cases = registry["cases"].select("case", "need", "achievement", "lead", "partners", day="closed")
    holders = [
        registry[noun].select(key, member="organisation")
        for noun, key in (("needs", "need"), ("achievements", "achievement"))
    ]
    in_cases = pl.concat([
        cases.select("case", member="lead"),
        cases.select("case", member="partners").explode("member"),
        cases.select("case", "need").join(holders[0], on="need").select("case", "member"),
        cases.select("case", "achievement").join(holders[1], on="achievement").select("case", "member"),
    ])  # fmt: skip
    owners = registry["platforms"].select("platform", "organisation", name="name")
    usage = registry["usage"].select("usage", "platform", "user", day=pl.coalesce("date_to", "date_from"))
    usage = usage.join(owners, on="platform")
    in_usage = pl.concat([usage.select("usage", member="user"), usage.select("usage", member="organisation")])
    cases = cases.with_columns(name="case")
    done = (("project", in_projects, projects), ("case", in_cases, cases), ("usage", in_usage, usage))
    return [
        members.join(what, on=key).select(key, "member", "name", "day", rule=pl.lit(_PAST + key))
        for key, members, what in done
    ]


def _lasting(together: pl.DataFrame, since: date, as_of: date) -> pl.DataFrame:
    """Pairs of members of what ended within the window, or has not ended; each by its latest end."""
    key = together.columns[0]
    recent = together.drop_nulls("member").filter((pl.col("day") >= since).fill_null(True)).unique()
    both = recent.join(recent.select(key, party="member"), on=key)
    both = both.filter(pl.col("member") != pl.col("party")).rename({"member": "organisation"})
    both = both.with_columns(day=pl.when(pl.col("day") <= as_of).then("day"))
    order = ["organisation", "party", "rule", "name"]
    return both.sort(*order, "day", nulls_last=True).unique(order, keep="last", maintain_order=True)
