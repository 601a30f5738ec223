"""One converter per kind of column: from cells as typed to the values a Registry holds.

Each takes a `Job` and returns a series as long as the block; what cannot be read becomes null and a finding.
The plain forms go through Polars as whole columns; only the distinct texts that are left go through the
parsers of `terms`, one by one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from tongtu.registry.blocks import Block, Cells, number_texts
from tongtu.registry.codes import Codes, split
from tongtu.registry.columns import Column
from tongtu.registry.findings import Explain, Findings, Problem
from tongtu.registry.names import Unit
from tongtu.terms import dates, ids, numbers
from tongtu.terms.checked import Checked
from tongtu.terms.faults import Severity

if TYPE_CHECKING:
    import polars as pl

#: from here on a numeric cell no longer holds every digit that was typed
LOST_DIGITS = 1e15
_TRUE = {"是", "有", "对", "真", "√", "✓", "☑", "yes", "y", "true", "t", "1"}
_FALSE = {"否", "无", "没有", "错", "假", "×", "✗", "☐", "no", "n", "false", "f", "0"}


@dataclass(slots=True)
class Job:
    """One column on its way: its cells, the closed lists, and where to report."""

    block: Block
    column: Column
    cells: Cells
    codes: Codes
    findings: Findings

    @property
    def texts(self) -> pl.Series:
        return self.cells.texts

    @property
    def numbers(self) -> pl.Series | None:
        return self.cells.numbers

    @property
    def unit(self) -> Unit:
        return self.block.units.get(self.column.name, Unit())

    def wrong(self, where: pl.Series, explain: Explain, severity: Severity = "error") -> None:
        self.findings.cells(self.block, self.column, where, explain, severity)


def text(job: Job) -> pl.Series:
    """Text as it stands, but for Excel's escaped carriage returns."""
    texts = job.texts
    for odd, plain in (("_x000D_", ""), ("\r", "\n")):
        if texts.str.contains(odd, literal=True).any():
            texts = texts.str.replace_all(r"\r\n?" if odd == "\r" else odd, plain)
    if job.numbers is None:
        return texts
    lost = (job.numbers.abs() >= LOST_DIGITS).fill_null(False)
    job.wrong(lost, Problem.of("registry.digits-lost"))
    return texts.fill_null(number_texts(job.numbers.set(lost, None)))


def identifier(job: Job) -> pl.Series:
    """A key: NFKC, runs of white space as one space. Small whole numbers are taken and said."""
    texts = _normal(job.texts)
    scientific = texts.str.contains(r"^[0-9](?:\.[0-9]+)?[eE]\+[0-9]+$")
    if scientific.any():
        job.wrong(scientific, Problem.of("registry.digits-lost"))
        texts = texts.set(scientific.fill_null(False), None)
    if job.numbers is None:
        return texts
    safe = (job.numbers.abs() < LOST_DIGITS) & (job.numbers.floor() == job.numbers)
    job.wrong(~safe, Problem.of("registry.digits-lost"))
    job.wrong(safe, Problem.of("registry.number-as-id"), "warning")
    return texts.fill_null(number_texts(job.numbers.set(~safe.fill_null(True), None)))


def checked(check: Callable[[str], Checked[str]]) -> Callable[[Job], pl.Series]:
    """An identifier with a structure of its own. A numeric cell has lost digits or leading zeros: refused."""

    def convert(job: Job) -> pl.Series:
        _no_numbers(job)
        return slowly(job, job.texts, check)

    return convert


def credit_code(job: Job) -> pl.Series:
    """Codes that are sound as they stand are seen as a whole column; the others one by one."""
    _no_numbers(job)
    sound = sound_codes(job.texts)
    rest = slowly(job, job.texts.set(sound, None), ids.check_uscc)
    return job.texts.set(~sound, None).fill_null(rest)


def sound_codes(texts: pl.Series) -> pl.Series:
    """True where both check characters of a credit code in its canonical form fit; the rule is `ids.check_uscc`'s."""
    import numpy as np
    import polars as pl

    shape = f"^[{ids.USCC_LETTERS}]{{2}}[0-9]{{6}}[{ids.USCC_LETTERS}]{{10}}$"
    shaped = texts.str.contains(shape).fill_null(False)
    letters = np.frombuffer("".join(texts.filter(shaped)).encode(), dtype=np.uint8).reshape(-1, 18)
    values, own = np.zeros(256, dtype=np.int64), np.zeros(256, dtype=np.int64)
    for i, letter in enumerate(ids.USCC_LETTERS):
        values[ord(letter)], own[ord(letter)] = i, int(letter, 36)
    whole = -(values[letters[:, :17]] @ np.array(ids.USCC_WEIGHTS)) % 31 == values[letters[:, 17]]
    inner = (
        np.frombuffer(b"0123456789X0", dtype=np.uint8)[
            11 - own[letters[:, 8:16]] @ np.array(ids.ORGANISATION_WEIGHTS) % 11
        ]
        == letters[:, 16]
    )
    return pl.repeat(False, len(texts), eager=True).scatter(shaped.arg_true(), pl.Series(whole & inner))


def several(job: Job) -> pl.Series:
    """A list of texts."""
    _no_numbers(job)
    return _split(job, job.texts)


def references(job: Job) -> pl.Series:
    return _split(job, identifier(job))


def code(job: Job) -> pl.Series:
    """A code of a closed list, or text where that list was not given."""
    if job.column.of not in job.codes:
        return identifier(job)
    return slowly(job, job.cells.shown(), lambda t: job.codes.one(job.column.of, t))


def codes(job: Job) -> pl.Series:
    import polars as pl

    if job.column.of not in job.codes:
        return _split(job, identifier(job).str.replace_all(r"[,，]", ";"))
    many = pl.List(pl.String)
    return slowly(job, job.cells.shown(), lambda t: job.codes.several(job.column.of, t), many)


def boolean(job: Job) -> pl.Series:
    import polars as pl

    return slowly(job, job.cells.shown(), _boolean, pl.Boolean())


def number(job: Job) -> pl.Series:
    """Floats and shares; a header's unit (万, %) applies to bare figures."""
    import polars as pl

    parse = numbers.parse_ratio if job.column.kind == "ratio" else numbers.parse_number
    scale = job.unit.scale
    plainly = job.texts.str.contains(r"^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,3})?$").fill_null(False)
    values = job.texts.set(~plainly, None).cast(pl.Float64)
    if job.numbers is not None:
        values = values.fill_null(job.numbers)
    if scale != 1:
        values = values * float(scale)
    rest = slowly(job, job.texts.set(plainly, None), lambda t: _scaled(parse(t), t, scale), pl.Float64())
    values = values.fill_null(rest)
    endless = values.is_infinite() | values.is_nan()
    job.wrong(endless, Problem.of("registry.too-large"))
    return values.set(endless.fill_null(False), None)


def whole(job: Job) -> pl.Series:
    """Whole numbers; exact for texts of any length that fits 64 bits."""
    import polars as pl

    scale = job.unit.scale
    plainly = job.texts.str.contains(r"^[+-]?\d{1,15}$").fill_null(False) & (scale == 1)
    values = job.texts.set(~plainly, None).str.strip_prefix("+").cast(pl.Int64)
    rest = slowly(job, job.texts.set(plainly, None), lambda t: _whole(t, scale), pl.Int64())
    values = values.fill_null(rest)
    if job.numbers is None:
        return values
    scaled = job.numbers * float(scale)
    broken = (scaled - scaled.round()).abs() > 1e-9 * scaled.abs().clip(1, None)
    large = (scaled.abs() > 2**53).fill_null(False)
    job.wrong(broken & ~large, Problem.of("registry.whole"))
    job.wrong(large, Problem.of("registry.too-large"))
    return values.fill_null(scaled.set((broken | large).fill_null(False), None).round().cast(pl.Int64))


def year(job: Job) -> pl.Series:
    import polars as pl

    return slowly(job, job.cells.shown(), ids.check_year, pl.Int64())


def day(job: Job) -> pl.Series:
    """Dates; see `terms.dates` for what is read."""
    import polars as pl

    iso = job.texts.str.contains(r"^\d{4}-\d\d-\d\d(?:[T ]00:00:00(?:\.0+)?)?$").fill_null(False)
    values = job.texts.set(~iso, None).str.head(10).str.to_date("%Y-%m-%d", strict=False)
    values = values.fill_null(slowly(job, job.texts.set(values.is_not_null(), None), dates.parse_date, pl.Date()))
    if job.numbers is None:
        return values
    serial = job.numbers.is_between(dates.SERIAL_FIRST, dates.SERIAL_LAST).fill_null(False)
    days = job.numbers.set(~serial, None).floor().cast(pl.Int64)
    counted = pl.select(pl.lit(dates.SERIAL_EPOCH) + pl.duration(days=pl.lit(days))).to_series()
    figures = number_texts(job.numbers.set(serial, None))
    rest = slowly(job, figures, lambda t: dates.from_serial(float(t)), pl.Date())
    return values.fill_null(counted.cast(pl.Date)).fill_null(rest)


CONVERTERS: dict[str, Callable[[Job], pl.Series]] = {
    "text": text, "long": text, "unit": text,
    "id": identifier, "ref": identifier, "subject": identifier, "refs": references, "list": several,
    "code": code, "codes": codes, "bool": boolean,
    "float": number, "ratio": number, "int": whole, "year": year, "date": day,
    "currency": checked(ids.check_currency), "uscc": credit_code, "patent": checked(ids.check_patent),
    "orcid": checked(ids.check_orcid), "ror": checked(ids.check_ror), "division": checked(ids.check_division),
}  # fmt: skip


def slowly(
    job: Job, texts: pl.Series, parse: Callable[[str], Checked[Any]], dtype: pl.DataType | None = None
) -> pl.Series:
    """Each distinct text through a parser; faults and warnings are reported for every cell that shows it."""
    import polars as pl

    kind = dtype if dtype is not None else pl.String()
    distinct = texts.drop_nulls().unique(maintain_order=True).to_list()
    if not distinct:
        return pl.repeat(None, len(texts), dtype=kind, eager=True)
    answers = {t: parse(t) for t in distinct}
    refused = {t: Problem.checked(a) for t, a in answers.items() if not a.ok}
    doubtful = {t: Problem(a.warnings[0]) for t, a in answers.items() if a.warnings}
    for problems, severity in ((refused, "error"), (doubtful, "warning")):
        if problems:
            where = texts.is_in(list(problems))
            job.wrong(where, problems.__getitem__, severity)  # type: ignore[arg-type]
    found = [a.value if not isinstance(a.value, Decimal) else float(a.value) for a in answers.values()]
    table = pl.DataFrame({"text": distinct, "value": pl.Series(found, dtype=kind, strict=False)})
    return texts.to_frame("text").join(table, on="text", how="left", maintain_order="left")["value"]


def _normal(texts: pl.Series) -> pl.Series:
    if not texts.str.contains("[^!-~]").any():  # plain ASCII without spaces, as nearly always
        return texts
    return texts.str.normalize("NFKC").str.replace_all(r"\s+", " ").str.strip_chars()


def _no_numbers(job: Job) -> None:
    if job.numbers is not None:
        job.wrong(job.numbers.is_not_null(), Problem.of("registry.digits-lost"))


def _split(job: Job, texts: pl.Series) -> pl.Series:
    import polars as pl

    quoted = texts.str.contains('"', literal=True).fill_null(False)
    bare = texts.set(quoted, None) if quoted.any() else texts
    bare = bare.str.replace_all(r"\s*[;；、\n][;；、\s]*", ";").str.strip_chars(";")
    parts = bare.set((bare == "").fill_null(False), None).str.split(";")
    if not quoted.any():
        return parts
    rest = slowly(job, texts.set(~quoted, None), lambda t: Checked(tuple(split(t)) or None), pl.List(pl.String))
    return pl.select(pl.when(quoted).then(rest).otherwise(parts)).to_series()


def _boolean(typed: str) -> Checked[bool]:
    from tongtu.terms.checked import plain

    name = plain(typed).casefold()
    if name in _TRUE or name in _FALSE:
        return Checked(name in _TRUE)
    return Checked.wrong("registry.bool", text=typed)


def _scaled(checked: Checked[Decimal], typed: str, scale: Decimal) -> Checked[Decimal]:
    if checked.value is None or scale == 1 or numbers.has_own_unit(typed):
        return checked
    return Checked(checked.value * scale)


def _whole(typed: str, scale: Decimal) -> Checked[int]:
    checked = _scaled(numbers.parse_number(typed), typed, scale)
    if checked.value is None:
        return Checked(None, checked.fault, checked.repair)
    if abs(checked.value) >= 2**63:
        return Checked.wrong("registry.too-large")
    if checked.value != checked.value.to_integral_value():
        return Checked.wrong("registry.whole")
    return Checked(int(checked.value))
