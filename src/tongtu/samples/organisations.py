"""Invented organisations: names, codes, groups, memberships and duties.

A name is three rare characters, a trade and a legal form; the credit code has valid check characters over
an organisation code that begins with XX, which no register hands out.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl

from tongtu.samples.draw import Blocks, Bools, Draw, Ints, dates, ids, take
from tongtu.samples.ground import SOURCE, Ground, constant
from tongtu.samples.texts import joined
from tongtu.terms.ids import ORGANISATION_WEIGHTS, USCC_LETTERS, USCC_WEIGHTS

FIRMS = ("central_soe", "local_soe", "private", "sme")
_WITHOUT_TRADE = ("university", "bank", "insurer", "hospital", "association", "fund")
_PUBLIC = ("university", "institute", "hospital", "association")
#: how many members a group of state-owned firms has, its head included
_GROUP = 6
_BUYERS = {"central_soe": 5.0, "local_soe": 2.0, "private": 2.0, "sme": 0.6, "hospital": 1.0}
_HOLDERS = {"university": 5.0, "institute": 5.0, "sme": 1.0, "central_soe": 0.6, "private": 0.6}
_CLASSES = {
    "central_soe": "central_soe",
    "local_soe": "chain_firm",
    "private": "private_innovator",
    "sme": "private_innovator",
    "university": "university",
    "institute": "research_institute",
    "hospital": "research_institute",
    "platform_operator": "platform",
    "fund": "capital",
    "bank": "capital",
    "insurer": "capital",
    "provider": "provider",
    "association": "guide",
}


@dataclass(frozen=True, slots=True)
class Actors:
    """The organisations and, by row number, what other tables ask of them."""

    frame: pl.DataFrame
    kinds: list[str]
    kind: Ints
    field: Ints
    region: Ints
    group: Ints

    @property
    def ids(self) -> pl.Series:
        return self.frame["organisation"]

    def of(self, *kinds: str) -> Ints:
        """Row numbers of organisations of these kinds."""
        return np.flatnonzero(np.isin(self.kind, [self.kinds.index(k) for k in kinds if k in self.kinds]))

    def by_field(self, ground: Ground, *kinds: str) -> Blocks:
        rows = self.of(*kinds)
        return Blocks(rows, self.field[rows], ground.lore.fields.height)


def make(ground: Ground) -> Actors:
    draw = ground.draw("organisations")
    kinds = list(ground.size.organisations)
    kind = np.repeat(np.arange(len(kinds)), list(ground.size.organisations.values()))
    n = len(kind)
    field = draw.which(ground.lore.fields["weight"].to_list(), n)
    region = draw.which(ground.regions["weight"].to_list(), n)
    group = _groups(kinds, kind)
    zh, en = _names(ground, draw, kinds, kind, field, region)
    label = ids("ORG", n)
    frame = pl.DataFrame(
        {
            "organisation": label,
            "name": zh,
            "name_en": en,
            "kind": take(kinds, kind),
            "uscc": _uscc(ground, kinds, kind, region),
            "owner_group": take(label, group),
            "parent": take(label, np.where(group == np.arange(n), -1, group)),
            "region": ground.region_codes(region),
            "industry": take(ground.lore.fields["industry"].str.split(";").list.first(), field),
            "directions": ground.directions_of(field),
            "founded": _founded(draw, kinds, kind, ground.as_of),
            "legal_person": np.full(n, True),
            "listed": draw.chance(np.where(_is(kinds, kind, "private"), 0.12, 0.0), n),
            "profile": _profile(ground, kinds, kind, field),
        }
    )
    return Actors(frame, kinds, kind, field, region, group)


def _is(kinds: list[str], kind: Ints, *wanted: str) -> Bools:
    return np.isin(kind, [kinds.index(k) for k in wanted if k in kinds])


def _groups(kinds: list[str], kind: Ints) -> Ints:
    """State-owned firms come in groups whose first row is the head; others belong to none (-1)."""
    group = np.full(len(kind), -1, dtype=np.int64)
    for name in ("central_soe", "local_soe"):
        rows = np.flatnonzero(_is(kinds, kind, name))
        if name == "local_soe":
            rows = rows[: len(rows) // 2]
        group[rows] = rows[(np.arange(len(rows)) // _GROUP) * _GROUP] if len(rows) else group[rows]
    return group


def _founded(draw: Draw, kinds: list[str], kind: Ints, as_of: date) -> pl.Series:
    age = np.where(_is(kinds, kind, *_PUBLIC, "central_soe"), 30, 4) + draw.below(18, len(kind))
    return dates(as_of, -(age * 365 + draw.below(365, len(kind))))


def _profile(ground: Ground, kinds: list[str], kind: Ints, field: Ints) -> pl.Series:
    trade = take(ground.lore.fields["trade_zh"].str.split(";").list.last(), field)
    names = {code: label.zh for code, label in ground.vocabularies.get("organisation_kind", {}).items()}
    title = take([names.get(k, k) for k in kinds], kind)
    start = constant(f"{SOURCE} / synthetic sample：虚构的", len(kind))
    return joined(start, title, constant("，从事", len(kind)), trade, constant("相关业务。", len(kind)))


def _names(
    ground: Ground, draw: Draw, kinds: list[str], kind: Ints, field: Ints, region: Ints
) -> tuple[pl.Series, pl.Series]:
    """Unique names in both languages: no two organisations share root, trade and place."""
    words, n = ground.lore.names, len(kind)
    first, second, third = (words[k].split() for k in ("first", "second", "third"))
    roots = len(first) * len(second) * len(third)
    trades = ground.lore.fields["trade_zh"].str.split(";")
    variants = 2
    # Roots are dealt round after round; each round every organisation of it has a root of its own.
    root = np.concatenate([draw.distinct(roots, min(roots, n - start)) for start in range(0, n, roots)])
    turn = np.arange(n) // roots
    a, b, c = root // (len(second) * len(third)), root // len(third) % len(second), root % len(third)
    variant = turn % variants
    with_trade = ~_is(kinds, kind, *_WITHOUT_TRADE)
    with_place = _is(kinds, kind, "sme", "local_soe", "platform_operator", "provider", "bank", "association")
    spread = np.where((turn >= variants) | with_place, region, -1)
    places = ground.regions
    later = turn // variants
    mark, mark_en = (["", *words[k].split()] for k in ("mark", "pinyin_mark"))
    trade_zh = take(trades.list.get(0), field).zip_with(pl.Series(variant == 0), take(trades.list.last(), field))
    english = ground.lore.fields["trade_en"].str.split(";")
    trade_en = take(english.list.get(0), field).zip_with(pl.Series(variant == 0), take(english.list.last(), field))
    nothing = constant("", n)
    ending = words["suffix"]
    school = draw.below(len(words["university"]["zh"]), n)
    is_school = pl.Series(_is(kinds, kind, "university"))
    zh = joined(
        take(places["name"], spread).fill_null(""),
        take(first, a),
        take(second, b),
        take(third, c),
        take(mark, later),
        trade_zh.zip_with(pl.Series(with_trade), nothing),
        take(words["university"]["zh"], school).zip_with(is_school, nothing),
        take([ending[k]["zh"] for k in kinds], kind),
    )
    root_en = joined(
        take(words["pinyin_first"].split(), a),
        take(words["pinyin_second"].split(), b),
        take(words["pinyin_third"].split(), c),
        take(mark_en, later),
    )
    place_en = (take(places["pinyin"], spread) + " ").fill_null("")
    middle = (" " + trade_en).zip_with(pl.Series(with_trade), nothing)
    tail = take(words["university"]["en"], school).zip_with(is_school, take([ending[k]["en"] for k in kinds], kind))
    en = joined(place_en, root_en, middle, constant(" ", n), tail, constant(" (synthetic)", n))
    return zh, en


def _uscc(ground: Ground, kinds: list[str], kind: Ints, region: Ints) -> pl.Series:
    """Valid codes by column arithmetic: authority and class, division, organisation code, check."""
    n = len(kind)
    public = _is(kinds, kind, *_PUBLIC)
    division = ground.regions["division"].cast(pl.Int64).to_numpy()[region]
    head = np.where(public, 12, 91)
    digits = [head // 10, head % 10, *(division // 10**p % 10 for p in range(5, -1, -1))]
    x = np.full(n, USCC_LETTERS.index("X"))
    number = np.arange(1, n + 1)
    organisation = [x, x, *(number // 10**p % 10 for p in range(5, -1, -1))]
    # In the organisation code letters count from A = 10 without gaps (GB 11714), so X is 33 there.
    inner = [np.full(n, 33), np.full(n, 33), *organisation[2:]]
    rest = 11 - sum(w * d for w, d in zip(ORGANISATION_WEIGHTS, inner, strict=True)) % 11
    check = np.where(rest == 10, USCC_LETTERS.index("X"), rest % 11)
    body = [*digits, *organisation, check]
    last = -sum(w * d for w, d in zip(USCC_WEIGHTS, body, strict=True)) % 31
    letters = pl.Series(list(USCC_LETTERS))
    return joined(*(take(letters, np.asarray(d, dtype=np.int64)) for d in [*body, last]))


def memberships(ground: Ground, actors: Actors) -> pl.DataFrame:
    """The consortium: all but the smaller firms, of which a part has joined."""
    draw = ground.draw("memberships")
    large = _is(actors.kinds, actors.kind, "sme", "private")
    rows = np.flatnonzero(draw.chance(np.where(large, 0.15 if ground.size.firms > 100 else 0.7, 0.9), len(large)))
    classes = ground.codes("member_class", sorted(set(_CLASSES.values())))
    wanted = [_CLASSES[k] if _CLASSES[k] in classes else classes[0] for k in actors.kinds]
    kind = take(wanted, actors.kind[rows])
    role = np.where(np.arange(len(rows)) == 0, 0, np.where(kind.to_numpy() == "guide", 1, 2))
    since = draw.days(ground.as_of, -900, -30, len(rows))
    return pl.DataFrame(
        {
            "organisation": actors.ids.gather(rows),
            "member_class": kind,
            "role": take(["lead", "guide", "member"], role),
            "since": since,
        }
    )


def duties(ground: Ground, actors: Actors, members: pl.DataFrame) -> pl.DataFrame:
    """What members owe this year: large firms needs and scenarios, platforms hours, everybody answers in time."""
    draw = ground.draw("duties")
    year = ground.as_of.year
    joined_in = members.join(
        actors.frame.select("organisation", "kind"), on="organisation", how="left", maintain_order="left"
    )
    owed = {
        "needs_to_publish": (["central_soe", "local_soe"], 1, 4, "项"),
        "scenarios_to_open": (["central_soe"], 1, 2, "个"),
        "hours_to_offer": (["platform_operator", "institute"], 100, 800, "小时"),
        "answers_in_time": (["central_soe", "university", "institute", "platform_operator"], 1, 1, "次"),
    }
    parts = []
    for kind, (who, low, high, unit) in owed.items():
        chosen = joined_in.filter(pl.col("kind").is_in(who))["organisation"]
        parts.append(
            pl.DataFrame(
                {
                    "organisation": chosen,
                    "kind": constant(kind, len(chosen)),
                    "quantity": draw.between(low, high, len(chosen)).astype(np.float64),
                    "unit": constant(unit, len(chosen)),
                }
            )
        )
    frame = pl.concat(parts)
    days = {"period_from": pl.lit(date(year, 1, 1)), "period_to": pl.lit(date(year, 12, 31))}
    return frame.select(ids("DUT", frame.height).alias("duty"), pl.all()).with_columns(**days)


def buyers(ground: Ground, actors: Actors, draw: Draw, field: Ints) -> Ints:
    """An organisation for each need: large firms more often than small ones."""
    return _weighted(ground, actors, draw, field, _BUYERS)


def holders(ground: Ground, actors: Actors, draw: Draw, field: Ints) -> Ints:
    """An organisation for each achievement: universities and institutes first, some firms."""
    return _weighted(ground, actors, draw, field, _HOLDERS)


def _weighted(ground: Ground, actors: Actors, draw: Draw, field: Ints, weights: dict[str, float]) -> Ints:
    held = {k: w for k, w in weights.items() if len(actors.of(k))}
    which = draw.which(list(held.values()), len(field))
    picked = [actors.by_field(ground, kind).pick(draw, field) for kind in held]
    return np.stack(picked)[which, np.arange(len(field))]
