"""A small market for the tests of this room: two firms, a university, a group."""

from datetime import date
from typing import Any

import polars as pl

from tongtu.match import Matches, match
from tongtu.registry import Registry
from tongtu.terms.why import Why

AS_OF = date(2026, 5, 1)

GLOSSARY = pl.DataFrame(
    {
        "concept": ["loss", "ltcc", "resist", "laser", "lidar"],
        "zh": ["介电损耗", "低温共烧陶瓷", "KrF光刻胶", "激光", "激光雷达"],
        "en": ["dielectric loss", "low-temperature co-fired ceramic", "KrF photoresist", "laser", "lidar"],
        "zh_alt": [["损耗角正切"], ["LTCC"], ["248 nm 光致抗蚀剂"], [], []],
        "en_alt": [["loss tangent"], ["LTCC"], ["DUV resist"], [], []],
    }
)

ORGANISATIONS = [
    {"organisation": "F1", "name": "甲公司", "kind": "private", "owner_group": "H"},
    {"organisation": "F2", "name": "乙公司", "kind": "private"},
    {"organisation": "G", "name": "某集团", "kind": "central_soe"},
    {"organisation": "H", "name": "某控股", "kind": "central_soe", "owner_group": "G"},
    {"organisation": "I", "name": "集团研究院", "kind": "institute", "owner_group": "G"},
    {"organisation": "U", "name": "丙大学", "kind": "university"},
]

NEED = {
    "need": "N1",
    "organisation": "F1",
    "title": "低介电损耗LTCC基板",
    "text": "用于毫米波天线的低温共烧陶瓷基板。",
}
OFFER = {
    "achievement": "A1",
    "organisation": "U",
    "title": "低温共烧陶瓷材料",
    "text": "毫米波天线用，介电损耗低。",
}


def registry(**tables: list[dict[str, Any]]) -> Registry:
    """A registry of one need and one achievement that fit, with other tables beside or in place of them."""
    rows = {"organisations": ORGANISATIONS, "needs": [NEED], "achievements": [OFFER], **tables}
    return Registry({name: pl.DataFrame(r, infer_schema_length=None) for name, r in rows.items() if r})


def run(reg: Registry, **options: Any) -> Matches:
    return match(reg, glossary=GLOSSARY, as_of=AS_OF, **options)


def codes(why: str) -> list[str]:
    """The finer reasons of a stored reason."""
    return [part.code for part in Why.from_json(why).parts]


def reasons(why: str) -> list[str]:
    """Codes of the reasons a pair's parts carry beside their points."""
    return [part.args["reason"].code for part in Why.from_json(why).parts if "reason" in part.args]


def indicator(
    key: str, subject: str, operator: str, value: Any = None, unit: Any = None, **more: Any
) -> dict[str, Any]:
    """An indicator of a need (`N…`) or an achievement; `value` is a number or a pair."""
    low, high = value if isinstance(value, tuple) else (value, None)
    kind = "need" if subject.startswith("N") else "achievement"
    return {
        "indicator": key, "subject_kind": kind, "subject": subject, "quantity": "介电损耗",
        "operator": operator, "low": low, "high": high, "unit": unit, **more,
    }  # fmt: skip
