"""Every visit of every case to every stage, read off the whole log in one pass.

The case machine replays a log event by event, refuses what is not legal and is the authority. Questions about a million
cases need the same visits without a step per event: here the log becomes whole numbers, starts and ends of visits are
sorted once, and each start takes the next end of its case, branch and stage. A test holds both to the same answer on
logs the machine allows. Cases in which an event speaks of the whole past (reopened, migrated, reverted), or names
neither stage nor gate, so that only the state tells which is meant, are given to the machine itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from tongtu.pathway.model import Pathway
from tongtu.pathway.progress.plans import Plans, plans

Ints = npt.NDArray[Any]  # whole numbers, as small as they fit
Flags = npt.NDArray[np.bool_]

KINDS = ("entered", "decided", "approved", "shortlisted", "awarded", "eliminated", "closed", "resumed", "submitted",
         "asked", "extended")  # fmt: skip
#: one event of these kinds changes what earlier ones mean
_TANGLED = ("reopened", "migrated", "reverted")
DECISIONS = ("go", "hold", "recycle", "kill")
RESULTS = ("passed", "failed", "withdrawn", "censored")
_PASSED, _FAILED, _WITHDRAWN, _OPEN = range(4)
_GO, _HOLD, _RECYCLE, _KILL = range(4)
#: what begins or ends visits of one stage; what may date them besides
_MOVES = ("entered", "decided", "approved", "shortlisted", "awarded", "eliminated")
_DATES = ("submitted", "asked", "extended", "resumed")
#: what rows of a visit are besides ends (0, 1, 2): its start, a date due, the begin and the end of a hold
_BEGINS, _DATED, _HOLDS, _RESUMES = -1, -2, -3, -4

STAYS = {
    "case": pl.String(), "branch": pl.String(), "pathway": pl.String(), "version": pl.String(), "stage": pl.String(),
    "phase": pl.String(), "round": pl.Int64(), "entered": pl.Date(), "due": pl.Date(), "left": pl.Date(),
    "result": pl.String(), "decision": pl.String(),
}  # fmt: skip


def known(events: pl.DataFrame, as_of: date, known_at: date | None = None) -> pl.DataFrame:
    """Events that have happened by `as_of` and had been recorded by `known_at`."""
    seen = pl.col("on") <= as_of
    if "recorded_at" in events.columns:
        seen &= pl.col("recorded_at").is_null() | (pl.col("recorded_at") <= (known_at or as_of))
    return events.filter(seen)


def stays(
    events: pl.DataFrame, cases: pl.DataFrame, pathways: Mapping[str, Pathway], *, as_of: date,
    known_at: date | None = None,
) -> pl.DataFrame:  # fmt: skip
    """One row for each visit: `STAYS`, sorted by case, branch, stage and round; `left` null while it is open.

    `events`: the noun's columns (those absent count as blank); `cases`: case, pathway, pathway_version; `pathways` by
    `id@version`. Events of cases that are not among `cases` are left out; cases whose pathway is unknown keep their
    visits to stages somebody knows, with no phase. Equal to the stays of `cases.replay` on every log without faults.
    """
    table = cases.select("case", "pathway", "pathway_version").sort("case").with_row_index("code")
    log = known(events, as_of, known_at)
    tangled = _tangled(log, table)
    plain = log if tangled.is_empty() else log.join(tangled, on="case", how="anti")
    found = _visits(plain, table, plans(pathways))
    if tangled.is_empty():
        return found
    from tongtu.pathway.cases import replay

    mine = log.join(tangled, on="case", how="semi")
    theirs = cases.join(tangled, on="case", how="semi")
    replayed = replay(mine, theirs, pathways, as_of=as_of, known_at=known_at).stays.select(*STAYS)
    return pl.concat([found, replayed]).sort("case", "branch", "stage", "round")


def _tangled(log: pl.DataFrame, table: pl.DataFrame) -> pl.DataFrame:
    """case: those the machine itself must tell, also where the log pins another version than the case's row says."""
    moving = pl.col("kind").is_in(_MOVES)
    if "due" in log.columns:
        moving |= pl.col("kind").is_in(_DATES) & pl.col("due").is_not_null()
    named = [pl.col(name).is_null() for name in ("stage", "gate") if name in log.columns]
    silent = log.filter(*named).filter(moving).select("case")  # few, so that kinds are read of few
    found = pl.concat([log.filter(pl.col("kind").is_in(_TANGLED)).select("case"), silent])
    if "version" in log.columns:
        pinned = log.filter((pl.col("kind") == "opened") & pl.col("version").is_not_null()).select("case", "version")
        other = pinned.join(table, on="case").filter(pl.col("version") != pl.col("pathway_version"))
        found = pl.concat([found, other.select("case")])
    return found.unique().join(table, on="case", how="semi")


@dataclass(frozen=True, slots=True)
class _Log:
    """The events that begin, end or date a visit, as whole numbers, in the order of the log within each case."""

    case: Ints
    kind: Ints
    branch: Ints  # 0: the main line
    line: Ints  # of the case and branch together, numbered in their order
    stage: Ints
    decision: Ints
    day: Ints
    due: Ints
    plan: Ints  # of the case; -1: unknown
    branches: list[str]

    def __len__(self) -> int:
        return len(self.case)

    def is_(self, *kinds: str) -> Flags:
        wanted = np.zeros(len(KINDS), np.bool_)
        wanted[[KINDS.index(kind) for kind in kinds]] = True
        return wanted[self.kind]


def _visits(log: pl.DataFrame, table: pl.DataFrame, known_plans: Plans) -> pl.DataFrame:
    coded = _coded(log, table, known_plans)
    if not len(coded):
        return pl.DataFrame(schema=STAYS)
    ends = _ends(coded, known_plans)
    return _framed(_matched(coded, ends), coded, table, known_plans)


def _coded(log: pl.DataFrame, table: pl.DataFrame, known_plans: Plans) -> _Log:
    """The log in its order: by case, then day, then day of recording, then id."""
    have = set(log.columns)
    branches = _branches(log) if "branch" in have else [""]

    def code(name: str, words: Sequence[str]) -> pl.Expr:
        if name not in have:
            return pl.lit(-1, pl.Int16).alias(name)
        return pl.col(name).cast(pl.Enum(words), strict=False).to_physical().cast(pl.Int16).fill_null(-1).alias(name)

    def day(name: str, missing: pl.Expr) -> pl.Expr:
        return (pl.col(name).cast(pl.Int32) if name in have else pl.lit(None, pl.Int32)).fill_null(missing)

    wanted = ["event", "case", "kind", "on", *(name for name in _READ if name in have)]
    rows = log.select(wanted).with_columns(code("kind", KINDS))
    # papers handed in or asked for begin and end nothing; they matter where they set a date
    bare = pl.col("kind") >= KINDS.index("submitted")
    rows = rows.filter((pl.col("kind") >= 0) & ~(bare & pl.col("due").is_null() if "due" in have else bare))
    rows = rows if rows["event"].is_sorted() else rows.sort("event")
    coded = rows.select(
        "case", "kind", code("stage", known_plans.stages), code("gate", known_plans.gates),
        code("decision", DECISIONS), code("branch", branches), pl.col("on").cast(pl.Int32).alias("day"),
        day("due", pl.lit(_NO_DUE, pl.Int32)).alias("due"),
        day("recorded_at", pl.col("on").cast(pl.Int32)).alias("recorded"),
    )  # fmt: skip
    coded = _with_case(coded, table)
    place = _order(coded)

    def taken(name: str) -> Ints:
        values: Ints = coded[name].to_numpy()
        return values[place]

    case, gate, stage = taken("code").astype(np.int64), taken("gate"), taken("stage")
    plan = table.select(_plan_of(known_plans)).to_series().to_numpy()[case]
    here = np.flatnonzero(gate >= 0)
    named = known_plans.at(plan[here], gate[here]).astype(np.int16)
    stage = stage.copy()
    stage[here] = np.where(named >= 0, named, stage[here])
    branch = np.maximum(taken("branch"), 0)
    line = case if len(branches) == 1 else np.unique(case * len(branches) + branch, return_inverse=True)[1]
    return _Log(case, taken("kind"), branch, line, stage, taken("decision"), taken("day"), taken("due"), plan, branches)


def _order(rows: pl.DataFrame) -> Ints:
    """Places of the rows by case, then day, then day of recording, then as they stand."""
    n, code = rows.height, rows["code"].to_numpy().astype(np.int64)
    told = rows.select(pl.col("day").cast(pl.Int64) * 2**31 + pl.col("recorded")).to_series()
    if not told.is_sorted():
        rank = told.rank("dense").to_numpy().astype(np.int64)
        width = int(rank.max()) + 1
        if (int(code.max()) + 1) * width >= 2**62 // n:  # past what one whole number can carry
            return np.lexsort((rank, code))
        code = code * width + rank
    # whole numbers that carry their own row sort faster than a permutation is found
    return np.sort(code * max(n, 1) + np.arange(n)) % max(n, 1)


def _with_case(rows: pl.DataFrame, table: pl.DataFrame) -> pl.DataFrame:
    """The rows of known cases with `code` in place of the case's id.

    Ids are joined by their hashes, which is twice as fast, and then compared: where two ids should ever share one, or
    some are not known, they are joined as they are.
    """
    ids = rows.select("case")
    quick = ids.select(key=pl.col("case").hash()).join(
        table.select("code", key=pl.col("case").hash()).unique("key", keep="first"), on="key", how="left",
        maintain_order="left",
    )["code"]  # fmt: skip
    same = not quick.null_count() and bool((table["case"].gather(quick) == ids["case"]).all())
    code = (
        quick if same else ids.join(table.select("case", "code"), on="case", how="left", maintain_order="left")["code"]
    )
    made = rows.drop("case").with_columns(code)
    return made if same else made.drop_nulls("code")


def _branches(log: pl.DataFrame) -> list[str]:
    return ["", *sorted(set(log["branch"].drop_nulls().unique().to_list()) - {""})]


_NO_DUE = -(2**30)
_GOES = np.isin(KINDS, ["approved", "shortlisted", "awarded"])  # by kind: go under another name
_READ = ("stage", "gate", "decision", "branch", "due", "recorded_at")


def _plan_of(known_plans: Plans) -> pl.Expr:
    key = pl.concat_str("pathway", pl.lit("@"), "pathway_version")
    return key.replace_strict(known_plans.places, default=-1, return_dtype=pl.Int32)


@dataclass(frozen=True, slots=True)
class _Ends:
    """`row` of the log, and of what: an end of one stage (result, decision), or a start (result -1)."""

    row: Ints
    stage: Ints
    result: Ints


def _ends(log: _Log, known_plans: Plans) -> _Ends:
    """What each event ends or begins. Stopping and closing end whatever is open: see `_last`."""
    decided = log.is_("decided")
    go = (decided & (log.decision == _GO)) | log.is_("approved", "shortlisted", "awarded")
    stop = (decided & (log.decision == _KILL)) | log.is_("eliminated")
    again = np.flatnonzero(decided & (log.decision == _RECYCLE))
    back = known_plans.back(log.plan[again], log.stage[again])
    below, whose = known_plans.below(log.plan[again], back, log.stage[again])
    begin = np.flatnonzero(log.is_("entered"))
    passed, failed = np.flatnonzero(go), np.flatnonzero(stop)
    rows = (passed, failed, again, again[whose], begin, again)
    stages = (log.stage[passed], log.stage[failed], log.stage[again], below, log.stage[begin], back)
    results = (_PASSED, _FAILED, _FAILED, _WITHDRAWN, _BEGINS, _BEGINS)
    return _Ends(
        np.concatenate(rows), np.concatenate(stages),
        np.concatenate([np.full(len(r), v, np.int8) for r, v in zip(rows, results, strict=True)]),
    )  # fmt: skip


def _last(log: _Log) -> Ints:
    """[row] The row of the log at which everything of its case, or of its branch, came to an end; past the log where
    nothing has."""
    n = len(log)
    stop = (log.is_("decided") & (log.decision == _KILL)) | log.is_("eliminated", "closed")
    own = _first(log.line, np.flatnonzero(stop), n)
    whole = _first(log.case, np.flatnonzero(stop & (log.branch == 0)), n)
    return np.minimum(own[log.line], whole[log.case])


def _first(key: Ints, rows: Ints, n: int) -> Ints:
    """[key] The first of the rows that bears the key; `n` where none does."""
    found = np.full(int(key.max()) + 1 if len(key) else 0, n, np.int64)
    found[key[rows][::-1]] = rows[::-1]  # the first one written last
    return found


@dataclass(frozen=True, slots=True)
class _Matched:
    """[visit] Rows of the log where it begins and ends (past the log: not yet), stage, round, result, due."""

    begin: Ints
    end: Ints
    stage: Ints
    round: Ints
    result: Ints
    due: Ints


@dataclass(frozen=True, slots=True)
class _Rows:
    """All that happens to each case, branch and stage, group after group: `row` of the log, `stage`, and `mark`: how
    a visit ends (0, 1, 2), or that it begins, is dated, held, resumed. An end comes before a start of the same event:
    a stage sent back to itself ends and begins again."""

    row: Ints
    stage: Ints
    mark: Ints
    group: Ints

    def __len__(self) -> int:
        return len(self.row)


def _gathered(log: _Log, ends: _Ends, last: Ints) -> _Rows:
    resumed = log.is_("resumed")
    dated = np.flatnonzero((log.due > _NO_DUE) & log.is_(*_DATES) & ~resumed)
    held = np.flatnonzero(log.is_("decided") & (log.decision == _HOLD))
    marks = ((dated, _DATED), (held, _HOLDS), (np.flatnonzero(resumed), _RESUMES))
    row = np.concatenate([ends.row, *(rows for rows, _ in marks)])
    stage = np.concatenate([ends.stage, *(log.stage[rows] for rows, _ in marks)])
    mark = np.concatenate([ends.result, *(np.full(len(rows), one, np.int8) for rows, one in marks)])
    kept = (stage >= 0) & ((mark >= 0) | (row < last[row]))  # nothing begins once the case is over
    if not kept.all():
        row, stage, mark = row[kept], stage[kept], mark[kept]
    group = log.line[row] * (int(stage.max(initial=0)) + 1) + stage
    order = np.argsort(group * (2 * len(log) + 2) + row * 2 + (mark < 0), kind="stable")
    return _Rows(row[order], stage[order], mark[order], group[order])


def _matched(log: _Log, ends: _Ends) -> _Matched:
    """Each start with the next end of its case, branch and stage; a start within an open visit only confirms it."""
    n, last = len(log), _last(log)
    rows = _gathered(log, ends, last)
    starts = _starts(rows)
    stop = _next(rows, starts)
    done = np.flatnonzero(stop < len(rows))
    end, result = np.full(len(starts), n), np.full(len(starts), _OPEN)
    end[done], result[done] = rows.row[stop[done]], rows.mark[stop[done]]
    limit = last[rows.row[starts]]
    result[limit < end] = _WITHDRAWN
    return _Matched(rows.row[starts], np.minimum(limit, end), rows.stage[starts], _counted(rows.group[starts]), result,
                    _dues(log, rows, starts, stop))  # fmt: skip


def _starts(rows: _Rows) -> Ints:
    """Rows that begin a visit: not those that come while one is open."""
    turns = np.flatnonzero((rows.mark == _BEGINS) | (rows.mark >= 0))
    begins, group = rows.mark[turns] == _BEGINS, rows.group[turns]
    confirms = begins[1:] & begins[:-1] & (group[1:] == group[:-1])
    begins[1:] &= ~confirms
    return np.asarray(turns[begins])


def _next(rows: _Rows, starts: Ints) -> Ints:
    """[start] The row of the same group at which the visit ends; past all rows where none does."""
    over = np.flatnonzero(rows.mark >= 0)
    place = np.searchsorted(over, starts)
    found = np.append(over, len(rows))[place]
    there = np.flatnonzero(found < len(rows))
    other = rows.group[found[there]] != rows.group[starts[there]]
    found[there[other]] = len(rows)
    return found


def _counted(group: Ints) -> Ints:
    """[visit] How often the case has come to the stage, this visit included."""
    place = np.arange(len(group))
    fresh = np.concatenate([[True], group[1:] != group[:-1]])[: len(group)]
    return place - np.maximum.accumulate(np.where(fresh, place, 0)) + 1


def _dues(log: _Log, rows: _Rows, starts: Ints, stop: Ints) -> Ints:
    """[visit] The last date due that was set in it; while it is held, dates are the hold's own."""
    due, mark = log.due[rows.row], rows.mark
    if not (mark < _BEGINS).any():  # dated by nothing but their entry
        return due[starts]
    place = np.arange(len(rows))
    turns = np.maximum.accumulate(np.where((mark == _BEGINS) | (mark <= _HOLDS), place, 0))
    own = (mark == _BEGINS) | (mark == _RESUMES) | ((mark == _DATED) & (mark[turns] != _HOLDS))
    last = np.maximum.accumulate(np.where(own & (due > _NO_DUE), place, -1))
    edge = np.searchsorted(rows.group, rows.group[starts], "right")
    at = last[np.minimum(stop, edge) - 1]
    return np.where(at >= starts, due[at], _NO_DUE)


def _framed(found: _Matched, log: _Log, table: pl.DataFrame, known_plans: Plans) -> pl.DataFrame:
    n = len(log)
    ended = found.end < n
    end = np.minimum(found.end, n - 1)
    # what swept a visit away was decided elsewhere: it is no decision of this stage
    own = ended & (found.result != _WITHDRAWN)
    kind = log.kind[end]
    decision = np.where(own, log.decision[end], -1)
    decision = np.where(own & _GOES[kind], _GO, decision)
    decision = np.where(own & (kind == KINDS.index("eliminated")), _KILL, decision)
    of, plan = table[log.case[found.begin]], log.plan[found.begin]
    return pl.DataFrame(
        {
            "case": of["case"],
            "branch": _words(log.branch[found.begin], log.branches),
            "pathway": of["pathway"],
            "version": of["pathway_version"],
            "stage": _words(found.stage, known_plans.stages),
            "phase": _words(known_plans.phase(plan, found.stage), known_plans.phases),
            "round": found.round,
            "entered": _days(log.day[found.begin]),
            "due": _days(found.due, found.due > _NO_DUE),
            "left": _days(log.day[end], ended),
            "result": _words(found.result, RESULTS),
            "decision": _words(decision, DECISIONS),
        }
    ).select(pl.col(name).cast(kind) for name, kind in STAYS.items())


def _words(codes: Ints, words: Any) -> pl.Series:
    """Words by their places; null where the place is negative."""
    if not len(words):
        return pl.Series(values=[None] * len(codes), dtype=pl.String)
    return pl.Series(list(words)).gather(pl.Series(np.where(codes < 0, 0, codes))).set(pl.Series(codes < 0), None)


def _days(days: Ints, told: Flags | None = None) -> pl.Series:
    found = pl.Series(days).cast(pl.Int32).cast(pl.Date)
    return found if told is None else found.set(pl.Series(~told), None)
