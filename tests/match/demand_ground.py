"""A small market with planted common demands: what each need is about is known."""

from datetime import date
from typing import Any

import polars as pl

from tongtu.registry import Registry

AS_OF = date(2026, 6, 1)
PAST = date(2023, 1, 1)

GLOSSARY = pl.DataFrame(
    {
        "concept": ["ltcc", "loss", "lidar", "resist", "radar", "car", "yield"],
        "zh": ["低温共烧陶瓷", "介电损耗", "激光雷达", "光刻胶", "毫米波雷达", "自动驾驶", "良率"],
        "en": [
            "LTCC",
            "dielectric loss",
            "lidar",
            "photoresist",
            "millimetre-wave radar",
            "automated driving",
            "yield",
        ],
        "zh_alt": [["LTCC基板"], ["损耗角正切"], [], ["光致抗蚀剂"], [], [], []],
        "en_alt": [[], ["loss tangent"], [], [], [], [], []],
        "kind": ["material", "property", "device", "material", "device", "application", "property"],
    }
)

#: A, B and C are alone; F1 and F2 belong to G, however many levels up
ORGANISATIONS = [
    {"organisation": "A", "name": "甲公司", "kind": "private"},
    {"organisation": "B", "name": "乙公司", "kind": "private"},
    {"organisation": "C", "name": "丙公司", "kind": "private"},
    {"organisation": "F1", "name": "子公司一", "kind": "private", "owner_group": "H"},
    {"organisation": "F2", "name": "子公司二", "kind": "private", "owner_group": "G"},
    {"organisation": "G", "name": "某集团", "kind": "central_soe"},
    {"organisation": "H", "name": "某控股", "kind": "private", "owner_group": "G"},
    {"organisation": "U", "name": "某大学", "kind": "university"},
    {"organisation": "V", "name": "某研究院", "kind": "institute"},
]

_TEXTS = {
    "ltcc": ("低温共烧陶瓷基板", "用于毫米波天线的低温共烧陶瓷基板，介电损耗要低，层间对位要准。"),
    "lidar": ("车规激光雷达", "自动驾驶用激光雷达，探测距离远，抗干扰，成本可控。"),
    "resist": ("高分辨光刻胶", "图形线宽小，缺陷少，供货稳定的光刻胶。"),
}


def need(key: str, about: str, organisation: str = "A", **more: Any) -> dict[str, Any]:
    title, text = _TEXTS[about]
    return {"need": key, "organisation": organisation, "title": title, "text": text, **more}


def offer(key: str, about: str, organisation: str = "U", **more: Any) -> dict[str, Any]:
    title, text = _TEXTS[about]
    return {"achievement": key, "organisation": organisation, "title": f"一种{title}", "text": text, **more}


def indicator(key: str, kind: str, subject: str, quantity: str, operator: str, low: Any = None, high: Any = None,
              unit: Any = None, **more: Any) -> dict[str, Any]:  # fmt: skip
    return {"indicator": key, "subject_kind": kind, "subject": subject, "quantity": quantity, "operator": operator,
            "low": low, "high": high, "unit": unit, **more}  # fmt: skip


def registry(**tables: list[dict[str, Any]]) -> Registry:
    rows = {"organisations": ORGANISATIONS, **tables}
    return Registry({name: pl.DataFrame(r, infer_schema_length=None) for name, r in rows.items() if r})


def pairs(*rows: tuple[str, str, float]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema={"need": pl.String, "achievement": pl.String, "score": pl.Float64}, orient="row")


def refusals(*rows: tuple[str, str, str]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema={"need": pl.String, "achievement": pl.String, "why": pl.String}, orient="row")
