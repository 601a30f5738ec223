"""Law as data: dated, cited rules become verdicts, with their reasons.

A rule file says who is judged, what is measured, when each version is in force, and what each tier asks;
`load` reads and checks a set of them, `judge` applies one scheme to everybody, `gap` says what one subject
still lacks. Enterprise titles, platform tiers, gates, eligibility, access and subsidies are all schemes.

    expressions  parsing  compiling  units     a condition: SQL text → our tree → Polars
    model  reading/                            a book of schemes, read from YAML with every fault at once
    columns  program                           what a rule compiles to, for a frame or for one row
    facts  logic  scoring  judging  single     a population, or one subject → five-valued verdicts
    grants  lifecycle  intakes  ranking        what a tier unlocks, where a title stands, when to apply, who is first
    asking/  effects/  exchange/               questions people ask; what a title does; pages, DMN, workbooks
    rendering  reasons  gaps  cases            why, what is missing, and rules tested by those who write them
"""

from tongtu.rules.cases import Case, run_cases
from tongtu.rules.gaps import gap
from tongtu.rules.judging import Judgement, judge
from tongtu.rules.logic import VERDICTS
from tongtu.rules.model import RuleBook
from tongtu.rules.reading import load
from tongtu.rules.single import Finding, judge_one

__all__ = ["VERDICTS", "Case", "Finding", "Judgement", "RuleBook", "gap", "judge", "judge_one", "load", "run_cases"]
