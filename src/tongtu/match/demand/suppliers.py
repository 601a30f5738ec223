"""From a thin place in a supply chain to the firms that may fill it.

Three steps, of which the middle one is the market's own engine: `gaps` finds items whose supply is thin,
`questions` makes a listing of each (or `asks`, of a capability in words) that is met with organisations as any
question is, and `suppliers` puts beside each firm found what a buyer or investor asks first: its titles, its
place in its segment, what it has to show, whose it is, and whether it supplies the item already.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import polars as pl

from tongtu.match import eligible, sides
from tongtu.match.demand.frames import GAPS, SUPPLIERS, made
from tongtu.match.demand.seen import seen
from tongtu.registry import Registry
from tongtu.registry.vocabularies import Vocabularies
from tongtu.registry.vocabularies import vocabularies as own_vocabularies
from tongtu.terms.why import Label, Ratio, Why

#: what makes a supply thin, the gravest first
CAUSES = ("foreign_only", "single_supplier", "single_jurisdiction", "nearly_foreign", "dominant_supplier")
_LITTLE = 0.1  # a home share up to this hardly counts (ours)
_DOMINANT = 0.8  # a supplier with this share or more cannot be replaced at once (ours)
_DIGITS = 6
_SHOWN = 6

Row = Mapping[str, Any]


def gaps(registry: Registry, as_of: date, *, home: str, see: str = "core") -> pl.DataFrame:
    """Items whose supply is thin: frame of `frames.GAPS`, the gravest first.

    Of each item's latest year up to `as_of` (rows without a year count where there is no other): nobody at
    `home` (ISO 3166-1, two letters) supplies it, though somebody elsewhere does; one supplier; one jurisdiction,
    not home; a home share of at most a tenth; or one supplier with four fifths. A row without a jurisdiction
    may be at home, so it keeps an item from being foreign only.
    Who supplies what is commercial: below that class there is nothing to see, and the frame is empty.
    """
    view = seen(registry, see)
    place = pl.col("jurisdiction").str.strip_chars().str.to_uppercase()
    rows = _latest(view["supplies"], as_of).with_columns(place=place)
    shares = rows.group_by("item", "supplier").agg(
        share=pl.when(pl.col("share").is_not_null().all()).then(pl.col("share").sum())
    )
    largest = shares.group_by("item").agg(
        largest=pl.when(pl.col("share").is_not_null().all()).then(pl.col("share").max().round(_DIGITS))
    )
    at_home = pl.col("place") == home.strip().upper()
    counted = rows.group_by("item").agg(
        suppliers=pl.col("supplier").n_unique().cast(pl.Int64),
        jurisdictions=pl.col("place").drop_nulls().n_unique().cast(pl.Int64),
        unplaced=pl.col("place").null_count(),
        domestic=at_home.fill_null(False).any(),
        # a share that is not stated is unknown, and so is the sum it belongs to
        home=pl.when(pl.col("place").is_not_null().all() & pl.col("share").filter(at_home).is_not_null().all()).then(
            pl.col("share").filter(at_home).sum().round(_DIGITS)),
    )  # fmt: skip
    found = counted.join(largest, on="item").join(view["items"], on="item").join(_uses(view), on="item", how="left")
    made_rows = [row for one in found.sort("item").iter_rows(named=True) if (row := _gap(one, as_of)) is not None]
    order = {cause: k for k, cause in enumerate(CAUSES)}
    made_rows.sort(key=lambda row: (order[row["cause"]], not row["bottleneck"], -(row["largest"] or 0.0), row["item"]))
    return made([{**row, "rank": k} for k, row in enumerate(made_rows, start=1)], GAPS)


def question_of(item: str) -> str:
    """The id of the question made of an item."""
    return f"GAP-{item}"


def questions(
    found: pl.DataFrame, registry: Registry, as_of: date, *, asker: str | None = None, see: str = "core"
) -> pl.DataFrame:
    """A listing (`sides.SCHEMA`, kind `need`) of each item in `found` (column item), in the order of their ids.

    It asks for the item by both its names and says what it is made of and goes into, as far as the viewer knows.
    """
    view = seen(registry, see)
    made_of = view["components"].group_by("item").agg(parts=pl.col("component").unique().sort())
    names = {
        row[0]: Label(row[1] or "", row[2] or "") for row in view["items"].select("item", "name", "name_en").rows()
    }
    rows = found.select("item").unique().join(view["items"], on="item")
    rows = rows.join(made_of, on="item", how="left").join(_uses(view), on="item", how="left").sort("item")
    return _listed([_question(row, names, asker, as_of) for row in rows.iter_rows(named=True)])


def asks(text: str, as_of: date, *, key: str = "ASK", asker: str | None = None, title: str = "") -> pl.DataFrame:
    """One listing that asks for a capability in words, of a partner, supplier or stake."""
    first = title or text.strip().split("\n", 1)[0]
    return _listed([{"id": key, "organisation": asker, "title": first, "text": text, "posted": as_of}])


def suppliers(
    answers: pl.DataFrame,
    registry: Registry,
    as_of: date,
    *,
    asker: str | None = None,
    asked: pl.DataFrame | None = None,
    see: str = "core",
    vocabularies: Vocabularies | None = None,
) -> pl.DataFrame:
    """Facts about the firms found: frame of `frames.SUPPLIERS`, in the order of the answers.

    `answers`: question, answer (an organisation), rank, score, why. `asked`: the items asked about (column
    item), so that present suppliers are marked. The asker itself and its owner group stay in the list, marked:
    a group that does not know its own niche firm is told. Facts are as a viewer of class `see` may know them.
    """
    view, root = seen(registry, see), eligible.roots(registry)
    names = (vocabularies if vocabularies is not None else own_vocabularies()).get("title_kind", {})
    given = answers.select("question", "rank", "score", "why", organisation="answer").sort(
        "question", "rank", "organisation"
    )
    facts = given.join(_profiles(view, as_of), on="organisation", how="left", maintain_order="left")
    present = _present(view, asked, as_of)
    rows = [_supplier(row, root, asker, present, names) for row in facts.iter_rows(named=True)]
    return made(rows, SUPPLIERS)


# ------------------------------------------------------------------------------------------ gaps


def _latest(supplies: pl.DataFrame, as_of: date) -> pl.DataFrame:
    current = supplies.filter((pl.col("year") <= as_of.year).fill_null(True))
    years = current.group_by("item").agg(pl.col("year").max())
    return current.join(years, on=["item", "year"], how="semi", nulls_equal=True)


def _uses(view: Registry) -> pl.DataFrame:
    """item, goes_into: what an item is a component of."""
    parts = view["components"].select(item="component", whole="item").drop_nulls()
    return parts.group_by("item").agg(goes_into=pl.col("whole").unique().sort())


def _gap(row: Row, as_of: date) -> dict[str, Any] | None:
    elsewhere = not row["domestic"] and not row["unplaced"] and row["jurisdictions"] > 0
    held = {
        "foreign_only": elsewhere,
        "single_supplier": row["suppliers"] == 1,
        "single_jurisdiction": row["jurisdictions"] == 1 and elsewhere,
        "nearly_foreign": not elsewhere and row["home"] is not None and row["home"] <= _LITTLE,
        "dominant_supplier": row["suppliers"] > 1 and (row["largest"] or 0.0) >= _DOMINANT,
    }
    causes = [cause for cause in CAUSES if held[cause]]
    if not causes:
        return None
    since = row["bottleneck_since"]
    bottleneck = since is not None and since <= as_of
    parts = [Why(f"match_demand.gap-{cause.replace('_', '-')}") for cause in causes]
    parts += [Why("match_demand.gap-largest", {"share": Ratio(row["largest"])})] if row["largest"] is not None else []
    parts += [Why("match_demand.gap-bottleneck", {"since": since})] if bottleneck else []
    args = {"item": _name(row), "n": row["suppliers"]}
    return {
        **{name: row[name] for name in ("item", "suppliers", "jurisdictions", "largest", "home")},
        "cause": causes[0], "goes_into": row["goes_into"] or [], "bottleneck": bottleneck,
        "why": Why("match_demand.gap", args, tuple(parts)).to_json(),
    }  # fmt: skip


# ------------------------------------------------------------------------------------------ questions


def _question(row: Row, names: Mapping[str, Label], asker: str | None, as_of: date) -> dict[str, object]:
    around = [names[item] for item in (*(row["parts"] or ()), *(row["goes_into"] or ())) if item in names]
    return {
        "id": question_of(row["item"]),
        "organisation": asker,
        "title": row["name"],
        "title_en": row["name_en"],
        "text": "\n".join(dict.fromkeys(label.zh for label in around if label.zh)) or None,
        "text_en": "\n".join(dict.fromkeys(label.en for label in around if label.en)) or None,
        "directions": [row["direction"]] if row["direction"] else None,
        "bottleneck": row["bottleneck_since"] is not None and row["bottleneck_since"] <= as_of,
        "posted": as_of,
    }


def _listed(rows: list[dict[str, object]]) -> pl.DataFrame:
    frame = made([{"kind": "need", **row} for row in rows], dict(sides.SCHEMA))
    return frame.sort("id").with_columns(row=pl.int_range(pl.len(), dtype=pl.Int64))


# ------------------------------------------------------------------------------------------ firms


def _profiles(view: Registry, as_of: date) -> pl.DataFrame:
    """What the registry says of each organisation."""
    begun, lasting = pl.col("valid_from") <= as_of, (pl.col("valid_to") >= as_of).fill_null(True)
    titles = view["titles"].filter(begun, lasting).group_by("organisation").agg(titles=pl.col("kind").unique().sort())
    years = view["firm_years"].filter(pl.col("year") <= as_of.year)
    years = years.sort("organisation", "year", "recorded_at", nulls_last=False).unique(
        "organisation", keep="last", maintain_order=True
    )
    shown = sides.listings(view, "achievement").filter(sides.is_open(as_of)).drop_nulls("organisation")
    shown = shown.group_by("organisation").agg(achievements=pl.len(), best_trl=pl.col("trl").max())
    own = view["organisations"].select("organisation", "name", "name_en", "region", "owner_group")
    for facts in (titles, years.select("organisation", "segment_share", "segment_years"), shown, _services(view)):
        own = own.join(facts, on="organisation", how="left", maintain_order="left")
    return own


def _services(view: Registry) -> pl.DataFrame:
    platform = view["services"].join(view["platforms"].select("platform", "organisation"), on="platform")
    provider = view["provider_services"].join(view["providers"].select("provider", "organisation"), on="provider")
    both = pl.concat([platform.select("organisation"), provider.select("organisation")])
    return both.group_by("organisation").agg(services=pl.len())


def _present(view: Registry, asked: pl.DataFrame | None, as_of: date) -> set[tuple[str, str]]:
    """Question and organisation, for those who supply the item already."""
    if asked is None:
        return set()
    current = _latest(view["supplies"], as_of).join(asked.select("item").unique(), on="item")
    return {(question_of(item), who) for item, who in current.select("item", "organisation").drop_nulls().iter_rows()}


def _supplier(
    row: Row,
    root: Mapping[str, str],
    asker: str | None,
    present: set[tuple[str, str]],
    names: Mapping[str, Label],
) -> dict[str, object]:
    who = row["organisation"]
    group = root.get(who, who)
    relation = _relation(row, group, root, asker, present)
    titles: Sequence[str] = row["titles"] or []
    parts = [Why(f"match_demand.firm-{relation}")] if relation else []
    parts += _merits(row, tuple(names.get(title, Label(title)) for title in titles[:_SHOWN]))
    parts += [Why.from_json(row["why"])] if row["why"] else []
    name = Label(row["name"] or who, row["name_en"] or "")
    told = Why("match_demand.firm", {"name": name, "score": Ratio(row["score"])}, tuple(parts))
    return {
        **{name: row[name] for name in SUPPLIERS if name in row},
        "owner_group": group if group != who else None, "relation": relation,
        "titles": list(titles), "achievements": row["achievements"] or 0, "services": row["services"] or 0,
        "why": told.to_json(),
    }  # fmt: skip


def _merits(row: Row, titles: tuple[Label, ...]) -> list[Why]:
    """What a firm has to show, of that which is known."""
    found = []
    if titles:
        found.append(Why("match_demand.firm-titles", {"titles": titles}))
    if row["segment_share"] is not None:
        share = {"share": Ratio(row["segment_share"]), "years": row["segment_years"]}
        found.append(Why("match_demand.firm-segment", share))
    if row["achievements"]:
        found.append(Why("match_demand.firm-shows", {"n": row["achievements"], "trl": row["best_trl"]}))
    if row["services"]:
        found.append(Why("match_demand.firm-services", {"n": row["services"]}))
    return found


def _relation(
    row: Row, group: str, root: Mapping[str, str], asker: str | None, present: set[tuple[str, str]]
) -> str | None:
    who = row["organisation"]
    if who == asker:
        return "self"
    if asker is not None and group == root.get(asker, asker):
        return "group"
    return "supplier" if (row["question"], who) in present else None


def _name(row: Row) -> Label:
    return Label(row["name"] or row["item"], row["name_en"] or "")
