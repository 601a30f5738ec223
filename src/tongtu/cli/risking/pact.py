"""`tongtu risk count`, `split`, `sum`, `release`, `compare`: the steps of the outcome pact, one command each."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tongtu.cli.piloting.ground import text_of, together
from tongtu.cli.printing import show, today, whole
from tongtu.cli.reading import pack_of, read
from tongtu.cli.speak import Command, Day, Number, Place, option
from tongtu.terms.faults import UsageFault
from tongtu.terms.folders import whole_folder
from tongtu.terms.words import Lang, word

if TYPE_CHECKING:
    from tongtu.packs import Pack
    from tongtu.risk.share import Counts, Share, Taxonomy, Total

_MARK = "shares.txt"
_ROWS = 20


def _needed(lang: Lang, name: str, text: str = "", **more: Any) -> click.Option:
    """An option that must be given; its help stands under `cli.opt-<text or name>`."""
    return click.Option([f"--{name}"], required=True, help=word(f"cli.opt-{text or name}", lang), **more)


def _frozen(lang: Lang) -> list[click.Parameter]:
    """The parameters that say which cells there are."""
    return [
        option(lang, "taxonomy", type=Place("file"), metavar="FILE"),
        option(lang, "pack", metavar="NAME|FOLDER"),
    ]


def _own(lang: Lang) -> list[click.Parameter]:
    """The parameters of a count of one's own."""
    return [
        click.Argument(["folder"], type=Place("either")),
        _needed(lang, "member", metavar="ORG"),
        option(lang, "round", metavar="YEAR"),
        option(lang, "as-of", type=Day(), metavar="DATE"),
        click.Option(["--whole"], is_flag=True, help=word("cli.opt-whole", lang)),
        *_frozen(lang),
    ]


def _file(lang: Lang) -> click.Option:
    return _needed(lang, "out", "out-pact", type=Place(), metavar="FILE")


def _shown_rows(lang: Lang) -> click.Option:
    helped = word("cli.opt-rows-shown", lang, default=_ROWS)
    return click.Option(["--rows"], default=_ROWS, type=Number(int, 1, 1_000_000), metavar="N", help=helped)


def count(lang: Lang) -> click.Command:
    params = [
        *_own(lang),
        option(lang, "save-taxonomy", type=Place(), metavar="FILE"),
        _file(lang),
        _shown_rows(lang),
    ]

    def run(save_taxonomy: Path | None, out: Path, rows: int, pack: str | None, taxonomy: Path | None,
            **given: Any) -> None:  # fmt: skip
        from tongtu.cli.risking import told
        from tongtu.risk.share import files

        law = pack_of(pack)
        cells = _taxonomy(law, taxonomy)
        counts = _counted(lang, law, cells, **given)
        show(told.counted(counts, law, rows), lang)
        _written(out, files.counts_text(counts), lang)
        if save_taxonomy is not None:
            _written(save_taxonomy, cells.to_toml(), lang)

    return Command("risk-count", lang, run, params)


def split(lang: Lang) -> click.Command:
    params = [
        click.Argument(["counts"], type=Place("file")),
        _needed(lang, "among", type=Number(int, 3, 10_000), metavar="N"),
        _needed(lang, "out", "out-shares", type=Place(), metavar="FOLDER"),
        *_frozen(lang),
    ]

    def run(counts: Path, among: int, out: Path, pack: str | None, taxonomy: Path | None) -> None:
        from tongtu.risk.share import files, split

        cells = _taxonomy(pack_of(pack), taxonomy)
        shares = split(files.read_counts(_text(counts), cells, counts.name), among)
        width = len(str(among))
        with whole_folder(out, _MARK) as folder:
            names = [f"share-{share.holder:0{width}d}-of-{among}-{_safe(share.members[0])}.json" for share in shares]
            for name, share in zip(names, shares, strict=True):
                (folder / name).write_bytes(files.share_bytes(share))
            (folder / _MARK).write_text("".join(f"{name}\n" for name in names), encoding="utf-8")
        click.echo(word("risk_share.told-split", lang, n=among, folder=str(out)))

    return Command("risk-split", lang, run, params)


def total(lang: Lang) -> click.Command:
    params = [
        click.Argument(["given"], type=Place("file"), nargs=-1, required=True, metavar="FILES..."),
        _file(lang),
        *_frozen(lang),
    ]

    def run(given: tuple[Path, ...], out: Path, pack: str | None, taxonomy: Path | None) -> None:
        from tongtu.cli.risking import told
        from tongtu.risk.share import files

        law = pack_of(pack)
        summed = _summed(given, _taxonomy(law, taxonomy))
        if isinstance(summed, bytes):
            _written(out, summed, lang)
            click.echo(word("risk_share.told-partial", lang))
            return
        show(told.summed(summed, law), lang)
        _written(out, files.total_text(summed), lang)

    return Command("risk-sum", lang, run, params)


def release(lang: Lang) -> click.Command:
    params = [
        click.Argument(["sum"], type=Place("file")),
        option(lang, "epsilon", default=1.0, type=Number(float, 0.01, 10.0), metavar="E"),
        _needed(lang, "ledger", type=Place(), metavar="FILE"),
        option(lang, "limit", type=Number(float, 0.01, 1000.0), metavar="E"),
        click.Option(["--days"], default=0.0, type=Number(float, 0.0, 0.9), metavar="SHARE",
                     help=word("cli.opt-days-share", lang)),
        option(lang, "as-of", type=Day(), metavar="DATE"),
        _file(lang),
        *_frozen(lang),
    ]  # fmt: skip

    def run(sum: Path, epsilon: float, ledger: Path, limit: float | None, days: float, as_of: date | None, out: Path,
            pack: str | None, taxonomy: Path | None) -> None:  # fmt: skip
        from tongtu.cli.risking import told
        from tongtu.risk.share import files, open_ledger, release

        cells = _taxonomy(pack_of(pack), taxonomy)
        summed = files.read_total(_text(sum), cells, sum.name)
        with open_ledger(ledger, limit) as book:
            made = release(summed, cells, epsilon=epsilon, ledger=book, on=as_of or today(), days=days)
            document = told.released(made, cells, book, summed.members)
        _written(out, files.pooled_text(made), lang)
        show(document, lang)

    return Command("risk-release", lang, run, params)


def compare(lang: Lang) -> click.Command:
    params = [
        *_own(lang),
        _needed(lang, "pooled", type=Place("file"), metavar="FILE"),
        option(lang, "outside", is_flag=True),
        click.Option(["--out"], type=Place(), metavar="FILE", help=word("cli.opt-out-table", lang)),
        _shown_rows(lang),
    ]

    def run(pooled: Path, outside: bool, out: Path | None, rows: int, pack: str | None, taxonomy: Path | None,
            round: str | None, **given: Any) -> None:  # fmt: skip
        from tongtu.cli.risking import told
        from tongtu.risk.share import compare, files

        law = pack_of(pack)
        cells = _taxonomy(law, taxonomy)
        published = files.read_pooled(_text(pooled), cells, pooled.name)
        counts = _counted(lang, law, cells, round=round or published.round, **given)
        found = compare(counts, published, included=not outside)
        show(told.compared(found, published, law, rows), lang)
        if out is not None:
            _written(out, told.spoken(found, lang).write_csv(include_bom=True), lang)

    return Command("risk-compare", lang, run, params)


# ------------------------------------------------------------------------------------------------- what they share


def _counted(
    lang: Lang, pack: Pack, taxonomy: Taxonomy, *, folder: Path, member: str, round: str | None, as_of: date | None,
    whole: bool,
) -> Counts:  # fmt: skip
    from tongtu.risk.share import count

    records = read(folder, pack, lang)
    day = as_of or today()
    return count(records["outcomes"], member=member, taxonomy=taxonomy, round=round or str(day.year), as_of=day,
                 places=_places(pack, taxonomy), whole=whole)  # fmt: skip


def _taxonomy(pack: Pack, frozen: Path | None) -> Taxonomy:
    """The consortium's frozen copy, or ours over the areas of the pack."""
    from tongtu.risk.share import read_taxonomy, standard

    if frozen is not None:
        return read_taxonomy(text_of(frozen), frozen.name)
    return standard(sorted(pack.sheet("directions")["area"].drop_nulls().unique()))


def _places(pack: Pack, taxonomy: Taxonomy) -> dict[str, str]:
    """A direction's place: the direction itself where the taxonomy lists it, else its area."""
    areas = pack.sheet("directions").select("direction", "area").rows()
    return {direction: direction if direction in taxonomy.places else area for direction, area in areas if area}


def _summed(given: tuple[Path, ...], taxonomy: Taxonomy) -> Total | bytes:
    """The total, or a partial sum as a file. Raises DataRefused or UsageFault for files that do not belong together."""
    from tongtu.risk.share import add, add_counts, files, partial

    kinds = {files.kind_of(_bytes(path)) for path in given}
    if "" in kinds or "total" in kinds:
        unknown = next(path for path in given if files.kind_of(_bytes(path)) not in ("share", "counts"))
        raise UsageFault.because("risk_share.unknown-file", "risk_share.unknown-file-repair", path=str(unknown))
    mixed = UsageFault.because("risk_share.mixed-files", "risk_share.mixed-files-repair")
    if len(kinds) > 1:
        raise mixed
    if kinds == {"counts"}:
        tables: list[Counts] = together(*(_reader(path, taxonomy) for path in given))
        return add_counts(tables)
    shares: list[Share] = together(*(_reader(path) for path in given))
    if len({share.partial for share in shares}) > 1:
        raise mixed
    return add(shares, taxonomy) if shares[0].partial else files.share_bytes(partial(shares))


def _reader(path: Path, taxonomy: Taxonomy | None = None) -> Callable[[], Any]:
    from tongtu.risk.share import files

    if taxonomy is None:
        return lambda: files.read_share(_bytes(path), path.name)
    return lambda: files.read_counts(_text(path), taxonomy, path.name)


def _bytes(path: Path) -> bytes:
    from tongtu.risk.share.files import MOST_BYTES

    size = path.stat().st_size
    if size > MOST_BYTES:
        raise UsageFault.because("risk_share.too-large", "risk_share.too-large-repair", path=str(path), size=size,
                                 most=MOST_BYTES)  # fmt: skip
    return path.read_bytes()


def _text(path: Path) -> str:
    _bytes(path)
    return text_of(path)


def _written(out: Path, text: str | bytes, lang: Lang) -> None:
    with whole(out, lang) as path:
        path.write_bytes(text if isinstance(text, bytes) else text.encode())


def _safe(name: str) -> str:
    """A name as far as every file system takes it."""
    return "".join(c if c.isalnum() or c in "-_" else "_" for c in name)[:60]
