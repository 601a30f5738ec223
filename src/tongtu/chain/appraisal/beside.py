"""What stands beside a case's maturity: readiness by checklists, the literature's system readiness, autonomy."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from tongtu.chain.appraisal.ground import Appraisal
from tongtu.chain.appraisal.pieces import because, cell, facts, label, note, number, section, sentence, table, words
from tongtu.chain.dossier.document import Block, Paragraph, Section
from tongtu.chain.report.spoken import shown
from tongtu.terms.why import Ratio, Why


def beside(ground: Appraisal, own: str, most: int | None) -> Iterator[Section]:
    yield _readiness(ground, own, most)
    yield _system(ground, own)
    yield _autonomy(ground, own)


def _readiness(ground: Appraisal, own: str, most: int | None) -> Section:
    """Levels of the readiness scales of the case and its achievement."""
    subjects = [own, ground.rows[own]["achievement"]]
    found = ground.readiness.filter(
        pl.col("subject_kind").is_in(["case", "achievement"]), pl.col("subject").is_in([s for s in subjects if s])
    )
    rows = [
        [cell(ground.network.label("readiness_scale", row["scale"])), number(row["claimed"]), number(row["supported"]),
         number(row["verified"]), number(row["top"]), because(row["why"])]
        for row in found.sort("subject_kind", "subject", "scale").iter_rows(named=True)
    ]  # fmt: skip
    heads = ("scale", "claimed/n", "supported/n", "verified/n", "top/n", "because/long")
    return section("readiness", [note("readiness-is"), *table(heads, rows, "no-readiness", most)])


def _autonomy(ground: Appraisal, own: str) -> Section:
    row = ground.of(ground.autonomy, own).row(0, named=True)
    name = ground.network.name("items", row["item"])
    value = cell(words("terms.unknown"), "soft") if row["autonomy"] is None else cell(shown(Ratio(row["autonomy"])))
    told = facts(
        ("item", cell(name)),
        ("autonomy", value),
        ("weakest-item", cell(ground.network.name("items", row["weakest"]), "warn")),
    )
    blocks: list[Block] = [*([told] if row["item"] else []), Paragraph(sentence(row["why"]))]
    return section("autonomy", blocks)


def _system(ground: Appraisal, own: str) -> Section:
    """The system readiness level of the case's item, joined with its components in a star, for comparison."""
    from tongtu.appraise.readiness import srl, srl_level

    item = ground.of(ground.autonomy, own)["item"].item()
    items, levels = _star(ground, item)
    blocks: list[Block] = [note("system-is")]
    if not levels:
        return section("system", [*blocks, Paragraph(words("appraisal.no-system"), "soft")])
    size = len(levels)
    links = [[0 if 0 not in (i, j) else levels[max(i, j)][1] for j in range(size)] for i in range(size)]
    found = srl([one[0] for one in levels], links, names=items)
    why = _named(ground, found.why())
    told = facts(
        ("srl", number(float(found.composite), digits=3)), ("srl-level", number(int(srl_level(found.composite))))
    )
    return section("system", [*blocks, told, Paragraph(sentence(why))])


def _named(ground: Appraisal, why: Why) -> Why:
    """The same reason with items by their names."""
    named = {
        key: label(ground.network.name("items", value)) if isinstance(value, str) else value
        for key, value in why.args.items()
    }
    return Why(why.code, named)


def _star(ground: Appraisal, item: str | None) -> tuple[list[str], list[tuple[int, int]]]:
    """The item and the required components whose technology and integration levels are known: all of them, or none."""
    registry = ground.network.registry
    parts = registry["components"].filter(pl.col("item") == item)["component"].unique().sort().to_list() if item else []
    sound = pl.col("level").is_between(1, 9) & (pl.col("on") <= ground.network.as_of)
    said = registry["assessments"].filter(sound, pl.col("subject_kind") == "item")
    latest = said.sort("on", "level", descending=[False, True]).unique(
        ["subject", "scale"], keep="last", maintain_order=True
    )
    known = {(row["subject"], row["scale"]): row["level"] for row in latest.iter_rows(named=True)}
    whole = [(known.get((one, "trl")), known.get((one, "irl"), 9 if one == item else None)) for one in [item, *parts]]
    levels = [(trl, irl) for trl, irl in whole if trl and irl]
    if not parts or len(levels) < len(whole):
        return [], []
    return [one for one in [item, *parts] if one], levels
