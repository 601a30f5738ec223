"""Both judges over the same subjects: every verdict, every point, every amount that differs.

python -m oracle.agreement [SUBJECTS] [SCHEME ...]     from tests/rules: how many agree, and how long each took
"""

from __future__ import annotations

import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

from oracle import population
from oracle.schemes import CASES, Case
from oracle.subjects import Subject
from oracle.words import NA, UNKNOWN, Points, counted
from rulebook import book

from tongtu import rules

CHUNK = 20_000
#: Where the pack says less than its source: unknown where the facts decide, or an interval that is too wide. It may
#: say less, never something else.
SAYS_LESS = {
    # A loss in both years is written as a sum less the last year: unknown where the last year is, although a profit
    # the year before already rules it out.
    "ningbo_engineering_centre": ("index", "index.deductions", "index.deductions.deductions.losses"),
    # An accident within a year decides, though whether there was one in three years is not recorded.
    "wuhan_transfer_centre": ("transfer_centre", "transfer_centre.accident"),
}


@dataclass
class Agreement:
    """What was compared, what differed (the first few of it), and the seconds of each side."""

    subjects: int = 0
    compared: int = 0
    differing: int = 0
    less: int = 0
    examples: list[str] = field(default_factory=list)
    verdicts: Counter = field(default_factory=Counter)
    plain: float = 0.0
    engine: float = 0.0

    def __add__(self, other):
        return Agreement(
            self.subjects + other.subjects, self.compared + other.compared, self.differing + other.differing,
            self.less + other.less, (self.examples + other.examples)[:20], self.verdicts + other.verdicts,
            self.plain + other.plain, self.engine + other.engine,
        )  # fmt: skip

    def note(self, key, where, expected, found):
        self.differing += 1
        if len(self.examples) < 20:
            self.examples.append(f"{key} {where}: plain {expected}, engine {found}")


def run(scheme: str, subjects: int, seed: int) -> Agreement:
    """Every version and purpose of a scheme over so many subjects each."""
    parts = [run_case(case, subjects, seed) for case in CASES if case.scheme == scheme]
    return sum(parts, Agreement())


def run_case(case: Case, subjects: int, seed: int) -> Agreement:
    done = Agreement()
    for i, start in enumerate(range(0, subjects, CHUNK)):
        drawn = population.subjects(case.kind, asked(case), min(CHUNK, subjects - start), seed + i, case.day)
        done += compare(case, drawn)
    return done


def asked(case: Case) -> dict:
    """The paths reviewers may mark, found by asking the plain judge of somebody about whom nothing is known."""
    probe = _Probe(case)
    for probe.purpose in case.purposes:
        case.judge(probe)
    return probe.asked


class _Probe(Subject):
    __slots__ = ("asked",)

    def __init__(self, case):
        super().__init__("probe", {}, rows=dict.fromkeys(case.kind.rows, ()))
        self.day, self.asked = case.day, {}

    def person(self, path):
        self.asked[path] = None
        return super().person(path)

    def marked(self, path, low, high, missing=False):
        self.asked[path] = (low, high)
        return Points(low, high, missing)


def compare(case: Case, drawn: list[Subject], law: rules.RuleBook | None = None, sheets=None) -> Agreement:
    """One population under both judges, the engine reading the pack or another book of `law`."""
    done, law = Agreement(len(drawn)), law or book()
    started = time.perf_counter()
    sheets = sheets or plain(case, drawn)
    done.plain = time.perf_counter() - started
    tables, marks = population.registry(case.kind, drawn), population.marks(drawn)
    for purpose in case.purposes:
        started = time.perf_counter()
        judged = rules.judge(law, case.scheme, tables, case.day, purpose, version=case.version, marks=marks)
        done.engine += time.perf_counter() - started
        for where, expected, found in _columns(judged, drawn, sheets[purpose]):
            _compare(done, case, f"{purpose} {where}", expected, found)
    return done


def compare_singly(case: Case, drawn: list[Subject]) -> Agreement:
    """The same for `judge_one`, subject by subject: verdicts and amounts."""
    done, sheets = Agreement(len(drawn)), plain(case, drawn)
    tables, marks = population.registry(case.kind, drawn), population.marks(drawn)
    asking = {"subject_noun": case.kind.noun, "schemes": [case.scheme], "marks": marks}
    for purpose in case.purposes:
        for subject, sheet in zip(drawn, sheets[purpose], strict=True):
            (finding,) = rules.judge_one(book(), tables, subject.key, case.day, purpose, **asking)
            expected, found = _said(sheet), _found(finding)
            done.compared += len(expected)
            for where in expected.keys() | found.keys():
                value, given = expected.get(where), found.get(where)
                if value != given and not (case.scheme in SAYS_LESS and given == UNKNOWN):
                    done.note(subject.key, where, value, given)
    return done


def _said(sheet) -> dict:
    """Everything a sheet says, by tier and place in it."""
    said = {(tier, ""): tier_verdict(sheet, tier) for tier in sheet.tiers}
    for tier, (criteria, grants) in sheet.tiers.items() if sheet.applies is not False else ():
        said |= {(tier, path): verdict for criterion in criteria for path, verdict in criterion.below()}
        said |= {(tier, f"grants.{grant.name}"): grant.amount or (None, None) for grant in grants}
    return said


def _found(finding) -> dict:
    """The same of what the engine found."""
    found = {(row["tier"], ""): row["verdict"] for row in finding.verdicts}
    found |= {(row["tier"], row["criterion"]): row["verdict"] for row in finding.criteria}
    for row in finding.grants:
        found[row["tier"], f"grants.{row['grant']}"] = row["amount_low"], row["amount_high"]
    return found


def plain(case: Case, drawn: list[Subject]) -> dict:
    """What the plain judge says of everybody, by purpose."""
    sheets: dict = {}
    for purpose in case.purposes:
        for subject in drawn:
            subject.day, subject.purpose = case.day, purpose
            sheets.setdefault(purpose, []).append(case.judge(subject))
    return sheets


def _compare(done, case, where, expected, found):
    done.compared += len(expected)
    if " tier " in where:
        done.verdicts.update(expected.values())
    if expected == found:
        return
    for (key, value), (other, given) in zip(expected.items(), found.items(), strict=False):
        if key != other:
            done.note(key, where, "a row", f"a row for {other}")
            return
        if value == given or _same_points(value, given):
            continue
        if where.split()[-1] in SAYS_LESS.get(case.scheme, ()) and _says_less(value, given):
            done.less += 1
        else:
            done.note(key, where, value, given)
    if len(expected) != len(found):
        done.note("rows", where, len(expected), len(found))


def _points(value):
    return isinstance(value, tuple) and all(isinstance(v, float) for v in value)


def _same_points(value, given):
    """The same within what a float can say."""
    return _points(value) and all(abs(v - g) < 1e-9 for v, g in zip(value, given, strict=True))


def _says_less(value, given):
    """A wider interval, or unknown."""
    return given == UNKNOWN or (_points(value) and given[0] <= value[0] and value[1] <= given[1])


def _columns(judged, drawn, sheets) -> Iterator[tuple[str, dict, dict]]:
    """What each side says, column by column: where, by subject."""
    covered = [(s.key, sheet) for s, sheet in zip(drawn, sheets, strict=True) if sheet.applies is not False]
    yield from _verdicts(judged, drawn, sheets)
    yield from _criteria(judged, covered)
    yield from _scored(judged, drawn, sheets)
    yield from _grades(judged, drawn, sheets)
    yield from _grants(judged, covered)


def tier_verdict(sheet, tier):
    if sheet.applies is not True:
        return UNKNOWN if sheet.applies is None else NA
    return counted([f.verdict for f in sheet.tiers[tier][0] if f.counts])


def _by(frame, key, *names):
    """A frame's rows by some columns: their values → subject → the rest."""
    rest = [c for c in frame.columns if c not in (key, *names)]
    found = defaultdict(dict)
    groups = zip(*(frame[n].to_list() for n in names), strict=True)
    values = frame[rest[0]].to_list() if len(rest) == 1 else frame.select(rest).rows()
    for group, subject, value in zip(groups, frame[key].to_list(), values, strict=True):
        found[group][subject] = value
    return found


def _pairs(expected, found, what):
    """Each column of one side beside that of the other, and what only one of them has."""
    for group in [*expected, *(g for g in found if g not in expected)]:
        name = ".".join(str(part) for part in group if part is not None)
        yield f"{what} {name}", expected.get(group, {}), found.get(group, {})


def _verdicts(judged, drawn, sheets):
    frame = judged.verdicts.select(judged.key, "tier", "verdict")
    expected = {
        (tier,): {s.key: tier_verdict(sheet, tier) for s, sheet in zip(drawn, sheets, strict=True)}
        for tier in sheets[0].tiers
    }
    yield from _pairs(expected, _by(frame, judged.key, "tier"), "tier")


def _criteria(judged, covered):
    frame = judged.criteria_of(why=False).select(judged.key, "tier", "criterion", "verdict")
    expected = defaultdict(dict)
    for key, sheet in covered:
        for tier, (found, _) in sheet.tiers.items():
            for criterion in found:
                for path, verdict in criterion.below():
                    expected[tier, path][key] = verdict
    yield from _pairs(expected, _by(frame, judged.key, "tier", "criterion"), "criterion")


def _scored(judged, drawn, sheets):
    frame = judged.scores.select(judged.key, "score", "part", "item", "low", "high")
    expected = defaultdict(dict)
    for s, sheet in zip(drawn, sheets, strict=True):
        for name, score in sheet.scores.items():
            rows = {(name, None, None): score.total} | {(name, part, None): p for part, p in score.parts.items()}
            rows |= {(name, item.partition(".")[0], item): p for item, p in score.items.items()}
            for place, points in rows.items():
                expected[place][s.key] = float(points.low), float(points.high)
    yield from _pairs(expected, _by(frame, judged.key, "score", "part", "item"), "points")


def _grades(judged, drawn, sheets):
    frame = judged.grades.select(judged.key, "score", "lowest", "highest")
    expected = defaultdict(dict)
    for s, sheet in zip(drawn, sheets, strict=True):
        for name, ends in sheet.grades.items():
            expected[name,][s.key] = ends
    yield from _pairs(expected, _by(frame, judged.key, "score"), "grades")


def _grants(judged, covered):
    columns = ("verdict", "amount_low", "amount_high", "currency", "reclaimed", "per", "quota", "priority", "until")
    frame = judged.grants.select(judged.key, "tier", "grant", *columns)
    expected = defaultdict(dict)
    for key, sheet in covered:
        for tier, (_, grants) in sheet.tiers.items():
            verdict = tier_verdict(sheet, tier)
            for g in grants:
                whether = verdict if verdict == NA else counted([verdict, g.when])
                low, high = g.amount or (None, None)
                expected[tier, g.name][key] = (
                    whether, low, high, None if g.amount is None else "CNY", g.reclaimed, g.per, g.quota, g.priority,
                    g.until,
                )  # fmt: skip
    yield from _pairs(expected, _by(frame, judged.key, "tier", "grant"), "grant")


def main(subjects: int = 3000, *schemes: str) -> None:
    for case in CASES:
        if schemes and case.scheme not in schemes:
            continue
        started = time.perf_counter()
        done = run_case(case, subjects, 20_261_122)
        taken = time.perf_counter() - started
        print(f"{case.name:34} {done.subjects:7} subjects {done.compared:10} compared", end=" ")
        print(f"{done.differing:6} differ {done.less:6} less {taken:7.1f} s", end=" ")
        print(f"(plain {done.plain:.1f}, engine {done.engine:.1f})", flush=True)
        for line in done.examples[:6]:
            print("    ", line)


if __name__ == "__main__":
    main(*(int(a) if a.isdigit() else a for a in sys.argv[1:]))
