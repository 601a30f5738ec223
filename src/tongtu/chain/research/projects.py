"""The projects themselves: what they are, who leads them, what became of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from tongtu.chain.research import pictures
from tongtu.chain.research.pieces import (
    SECTORS,
    Block,
    Cell,
    Column,
    Pair,
    Paragraph,
    Section,
    Table,
    Tone,
    because,
    cell,
    facts,
    in_order,
    label,
    money,
    note,
    number,
    percent,
    section,
    sector,
    sentence,
    table,
    title_of,
    words,
)

if TYPE_CHECKING:
    from tongtu.appraise.research import Leading
    from tongtu.chain.research.ground import Researched

_VERDICTS = ("met", "unmet", "unknown", "manual")
_TONES: dict[str, Tone] = {"met": "good", "unmet": "warn", "unknown": "soft", "manual": "soft"}
_STATUS: dict[str, Tone] = {"claimed": "warn", "supported": "", "verified": "good"}


def result(found: Researched) -> Section:
    counts = found.shares.counts.filter(pl.col("coding") == "track")
    of_track = {row["class"]: row for row in counts.iter_rows(named=True)}
    led = {row["sector"]: row for row in found.leads.counts.iter_rows(named=True)}
    firms = [led[one] for one in ("soe", "private", "foreign") if one in led]
    converted = int(found.conversion["converted"].sum() or 0)
    return section("result", [facts(
        ("projects", number(found.coded.height)),
        *((code, _count(of_track.get(code))) for code in ("pure_basic", "applied_basic", "industrialisation")),
        ("enterprise-led", _of(sum(row["led"] for row in firms), found.coded.height)),
        ("converted", _of(converted, int(found.conversion["ended"].sum() or 0))),
        ("contradictions", number(found.findings["project"].n_unique(), "warn" if found.findings.height else "good")),
    )])  # fmt: skip


def _count(row: dict[str, Any] | None) -> Cell:
    return _of(row["projects"], round(row["projects"] / row["share"])) if row else number(0, "soft")


def _of(part: int, whole: int) -> Cell:
    """So many of so many, with the share where there is a whole."""
    if not whole:
        return cell(words("research.none-yet"), "soft")
    return cell(words("research.part-of", part=part, whole=whole, share=f"{part / whole * 100:.1f}%"))


def shares(found: Researched) -> Section:
    """Track, Frascati class and quadrant, in projects and currency by currency in money."""
    blocks: list[Block] = [note("shares-are")]
    if not found.coded.is_empty():
        blocks.append(pictures.composition(found))
    money_of: dict[tuple[str, str | None], list[dict[str, Any]]] = {}
    for row in found.shares.funds.iter_rows(named=True):
        money_of.setdefault((row["coding"], row["class"]), []).append(row)
    lines = []
    for row in _by_coding(found):
        for i, paid in enumerate(money_of[row["coding"], row["class"]]):
            first = [cell(words(f"research.coding-{row['coding']}")), cell(class_of(found, row)),
                     number(row["projects"]), percent(row["share"]), percent(row["known_share"])]  # fmt: skip
            lines.append([*(first if i == 0 else [cell(["", ""])] * 5), money(paid["funds"], paid["currency"]),
                          percent(paid["share"]), number(paid["unknown"])])  # fmt: skip
    heads = ("coding", "class", "projects/n", "share/n", "known-share/n", "funds/n", "funds-share/n", "unsaid/n")
    return section("shares", [*blocks, *table(heads, lines, "no-projects")])


def _by_coding(found: Researched) -> list[dict[str, Any]]:
    """The rows of each coding, classes as their vocabulary lists them."""
    rows = {(row["coding"], row["class"]): row for row in found.shares.counts.iter_rows(named=True)}
    codings = dict.fromkeys(coding for coding, _ in rows)
    return [rows[one, code] for one in codings
            for code in in_order(found.network, one, (own for of, own in rows if of == one))]  # fmt: skip


def class_of(found: Researched, row: dict[str, Any]) -> Pair:
    code = row["class"]
    if code is None:
        return words("research.unknown")
    if row["coding"] == "quadrant":
        return words(f"appraise_research.quadrant-{code}")
    return label(found.network, row["coding"], code)


def leads(found: Researched) -> Section:
    """Led and joined side by side and never added."""
    blocks: list[Block] = [note("leads-are")]
    picture = pictures.led_and_joined(found)
    blocks += [picture] if picture is not None else []
    heads = ("sector", "led/n", "led-share/n", "merely/n", "joined-share/n", "currency/day", "led-funds/n",
             "led-funds-share/n", "joined-funds-share/n")  # fmt: skip
    blocks += table(heads, _lead_lines(found.leads), "no-projects")
    unknown = found.leads.counts.filter(pl.col("sector").is_null())["led"].sum()
    if unknown:
        blocks.append(Paragraph(words("research.leads-unknown", n=unknown), "warn"))
    return section("leads", blocks)


def _lead_lines(found: Leading) -> list[list[Cell]]:
    place = {code: i for i, code in enumerate((*SECTORS, None))}
    paid: dict[str | None, list[dict[str, Any]]] = {}
    for row in found.funds.iter_rows(named=True):
        paid.setdefault(row["sector"], []).append(row)
    lines = []
    for row in sorted(found.counts.iter_rows(named=True), key=lambda one: place[one["sector"]]):
        first = [cell(sector(row["sector"])), number(row["led"]), percent(row["led_share"]), number(row["merely"]),
                 percent(row["joined_share"], "soft")]  # fmt: skip
        for i, one in enumerate(paid.get(row["sector"], [dict.fromkeys(found.funds.columns)])):
            lines.append([*(first if i == 0 else [cell(["", ""])] * 5), cell([one["currency"] or ""] * 2),
                          money(one["led"], one["currency"]), percent(one["led_share"]),
                          percent(one["joined_share"], "soft")])  # fmt: skip
    return lines


def split(found: Researched) -> Section:
    """Who leads by track, direction and year: projects, money, and enterprises by direction and year together."""
    blocks: list[Block] = [note("split-are")]
    blocks += [one for one in (pictures.by_direction(found), pictures.by_year(found)) if one is not None]
    for column, frames in (("track", found.by_track), ("direction", found.by_direction), ("year", found.by_year)):
        lines = [[cell(name), number(total), *cells] for name, total, cells in _split_lines(found, column, frames)]
        heads = (f"by-{column}", "projects/n", *(f"sector-{one}/n" for one in SECTORS), "no-lead/n")
        blocks += table(heads, lines, "no-projects")
    blocks.append(note("split-money-are"))
    for column, frames in (("track", found.by_track), ("direction", found.by_direction), ("year", found.by_year)):
        heads = (f"by-{column}", "funds/n", *(f"sector-{one}/n" for one in SECTORS), "no-lead/n")
        blocks += table(heads, _money_lines(found, column, frames), "no-money")
    return section("split", [*blocks, *_crossed(found)])


def _money_lines(found: Researched, column: str, frames: Leading) -> list[list[Cell]]:
    """The share of each kind of lead in the state funds of a group, currency by currency."""
    rows: dict[Any, dict[str, dict[str | None, dict[str, Any]]]] = {}
    for row in frames.funds.iter_rows(named=True):
        rows.setdefault(row[column], {}).setdefault(row["currency"], {})[row["sector"]] = row
    return [
        [cell(split_name(found, column, key)), money(next(iter(led.values()))["total"], currency),
         *(percent(led[one]["led_share"], "" if led[one]["led"] else "soft") if one in led else cell(["", ""])
           for one in (*SECTORS, None))]
        for key in in_order(found.network, column, rows) for currency, led in rows[key].items()
    ]  # fmt: skip


def _crossed(found: Researched) -> list[Block]:
    """Projects led by enterprises of all, direction by year."""
    rows = found.by_both.counts
    years = sorted(rows["year"].drop_nulls().unique().to_list())
    if len(years) < 2:
        return []
    firm = pl.col("led").filter(pl.col("sector").is_in(["soe", "private", "foreign"])).sum()
    both = rows.group_by("direction", "year").agg(firm.alias("firms"), pl.col("projects").first())
    at = {(direction, year): (firms, n) for direction, year, firms, n in both.rows()}
    lines = [
        [cell(split_name(found, "direction", key)), *(_firms(at.get((key, year))) for year in years)]
        for key in in_order(found.network, "direction", {direction for direction, _ in at})
    ]
    columns = [Column(words("research.col-by-direction")), *(Column([str(year)] * 2, "n") for year in years)]
    return [note("crossed-are"), Table(columns, lines)]


def _firms(counts: tuple[int, int] | None) -> Cell:
    if counts is None:
        return cell(["", ""])
    return cell([f"{counts[0]} / {counts[1]}"] * 2, "good" if counts[0] else "soft")


def _split_lines(found: Researched, column: str, frames: Leading) -> list[tuple[Pair, int, list[Cell]]]:
    lines: dict[Any, dict[str | None, dict[str, Any]]] = {}
    for row in frames.counts.iter_rows(named=True):
        lines.setdefault(row[column], {})[row["sector"]] = row
    told = []
    for key in in_order(found.network, column, lines):
        rows = lines[key]
        total = next(iter(rows.values()))["projects"]
        cells = [_led(rows.get(one)) for one in (*SECTORS, None)]
        told.append((split_name(found, column, key), total, cells))
    return told


def split_name(found: Researched, column: str, key: Any) -> Pair:
    if key is None:
        return words("research.unknown")
    if column == "direction":
        return found.network.direction(key)
    return [str(key)] * 2 if column == "year" else label(found.network, column, key)


def _led(row: dict[str, Any] | None) -> Cell:
    """Projects led, and in brackets those merely joined."""
    if row is None:
        return cell(["", ""])
    led, merely = row["led"], row["merely"]
    return cell([f"{led}（+{merely}）", f"{led} (+{merely})"] if merely else [f"{led}"] * 2, "" if led else "soft")


def conversion(found: Researched) -> Section:
    blocks: list[Block] = [note("conversion-is")]
    picture = pictures.converted(found)
    blocks += [picture] if picture is not None else []
    lines = [
        [cell(label(found.network, "track", row["track"])), number(row["projects"]), number(row["ended"]),
         number(row["converted"]), percent(row["share"]), _between(row["low"], row["high"]), percent(row["within"]),
         _between(row["within_low"], row["within_high"]), number(row["followed"], digits=1), because(row["why"])]
        for row in found.conversion.iter_rows(named=True)
    ]  # fmt: skip
    heads = ("by-track", "projects/n", "ended/n", "converted/n", "converted-share/n", "interval/n", "within/n",
             "within-interval/n", "followed/n", "because/long")  # fmt: skip
    return section("conversion", [*blocks, *table(heads, lines, "no-projects")])


def _between(low: float | None, high: float | None) -> Cell:
    if low is None or high is None:
        return cell(["", ""])
    return cell([f"{low * 100:.1f}–{high * 100:.1f}%"] * 2)


def checks(found: Researched, most: int | None) -> Section:
    counts = found.checks.group_by("track", "check", "verdict").len().rows()
    of: dict[tuple[str, str], dict[str, int]] = {}
    for track, check, verdict, n in sorted(counts):
        of.setdefault((track, check), {})[verdict] = n
    lines = [[cell(label(found.network, "track", track)), cell(words(f"research.check-{check}")),
              *(number(told.get(one, 0), _TONES[one] if told.get(one) else "soft") for one in _VERDICTS)]
             for (track, check), told in of.items()]  # fmt: skip
    heads = ("by-track", "check", *(f"{one}/n" for one in _VERDICTS))
    unmet = found.checks.filter(pl.col("verdict") == "unmet")
    rows = [[cell(title_of(found.network, row["project"])), cell(words(f"research.check-{row['check']}")),
             because(row["why"])] for row in unmet.iter_rows(named=True)]  # fmt: skip
    failed = table(("project", "check", "because/long"), rows, "none-unmet", most) if lines else []
    return section("checks", [note("checks-are"), *table(heads, lines, "no-checks"), *failed])


def coding(found: Researched, most: int | None) -> Section:
    """How often each contradiction stands, then project by project."""
    counts = found.findings.group_by("finding").agg(pl.len().alias("n"), pl.col("why").first())
    lines = [[because(row["why"]), number(row["n"])]
             for row in counts.sort("n", "finding", descending=[True, False]).iter_rows(named=True)]  # fmt: skip
    rows = [[cell(title_of(found.network, row["project"])), because(row["why"], "warn")]
            for row in found.coded.join(found.findings, on="project", how="semi").iter_rows(named=True)]  # fmt: skip
    told = table(("finding/long", "projects/n"), lines, "no-contradictions")
    return section("coding", [note("coding-is"), *told, *(table(("project", "because/long"), rows, "nothing", most)
                                                         if rows else [])])  # fmt: skip


def originality(found: Researched, most: int | None) -> Section:
    rows = [[cell(title_of(found.network, row["project"])), cell(label(found.network, "originality", row["claim"])),
             cell(label(found.network, "level_status", row["status"]), _STATUS[row["status"]]),
             cell(sentence(row["why"]))] for row in found.originality.iter_rows(named=True)]  # fmt: skip
    return section("originality", [note("originality-is"), *table(("project", "claim", "status/day", "because/long"),
                                                                  rows, "no-originality", most)])  # fmt: skip
