"""`load` of a folder of workbooks, read and fully validated, beside pandas + openpyxl, which only reads.

The folder is made here: six tables of plausible rows, about twenty columns each, most cells filled. Each side
runs in a fresh process, so that times and peak memory are its own; the clock starts when its libraries are imported.
Ours includes starting the guarded children.
"""

from __future__ import annotations

import json
import random
import subprocess
import sys
import tempfile
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

SEED = 20261121
#: rows of each table at region scale; 100,000 together
ROOT = Path(__file__).resolve().parents[1]
ROWS = {"organisations": 20_000, "firm_years": 10_000, "needs": 10_000, "achievements": 40_000,
        "indicators": 15_000, "outcomes": 5_000}  # fmt: skip
GOALS = {"rows_per_second": 30_000.0, "times_pandas_openpyxl": 3.0}

_OURS = """
import json, sys, time
import polars
from bench._turns import peak_mb
from tongtu.registry import load
start = time.perf_counter()
found = load(sys.argv[1])
seconds = time.perf_counter() - start
print(json.dumps({"seconds": seconds, "rows": found.rows, "peak_mb": peak_mb()}))
"""
_PEER = """
import json, pathlib, sys, time
import pandas
from bench._turns import peak_mb
start = time.perf_counter()
rows = sum(len(pandas.read_excel(f, engine="openpyxl", skiprows=[1])) for f in pathlib.Path(sys.argv[1]).glob("*.xlsx"))
seconds = time.perf_counter() - start
print(json.dumps({"seconds": seconds, "rows": rows, "peak_mb": peak_mb()}))
"""


def run(data: Path | None, quick: bool, progress: Callable[..., None] = print) -> dict[str, Any]:
    """`data` is a folder of workbooks to measure instead of the one made here."""
    with tempfile.TemporaryDirectory() as place:
        folder = data
        if folder is None:
            folder = Path(place)
            progress("making the folder …")
            make(folder, {name: n // 10 for name, n in ROWS.items()} if quick else ROWS)
        progress("reading and validating with Tongtu …")
        ours = _median(_OURS, folder)
        progress("reading with pandas + openpyxl …")
        peer = _median(_PEER, folder)
    speed, other = ours["rows"] / ours["seconds"], peer["rows"] / peer["seconds"]
    figures = {
        "rows": ours["rows"], "seconds": round(ours["seconds"], 2), "rows_per_second": round(speed),
        "pandas_openpyxl_rows_per_second": round(other), "times_pandas_openpyxl": round(speed / other, 1),
        "peak_mb": round(ours["peak_mb"]), "pandas_openpyxl_peak_mb": round(peer["peak_mb"]),
    }  # fmt: skip
    return {"figures": figures, "goals": GOALS, "rows": [], "seed": SEED}


def make(folder: Path, rows: dict[str, int]) -> None:
    """Workbooks that a consortium of a region might send in."""
    import polars as pl

    from tongtu.registry import Registry, noun, write

    draw = random.Random(SEED)
    makers = {"organisations": _organisation, "firm_years": _firm_year, "needs": _need,
              "achievements": _achievement, "indicators": _indicator, "outcomes": _outcome}  # fmt: skip
    tables = {}
    for name, count in rows.items():
        made = [makers[name](draw, i, rows) for i in range(count)]
        tables[name] = pl.DataFrame(made, schema_overrides=noun(name).schema(), infer_schema_length=1)
    write(Registry(tables), folder)


def _median(program: str, folder: Path) -> dict[str, float]:
    """The middle of three runs by time."""
    return sorted((_measured(program, folder) for _ in range(3)), key=lambda run: run["seconds"])[1]


def _measured(program: str, folder: Path) -> dict[str, float]:
    told = [sys.executable, "-c", program, str(folder.resolve())]
    done = subprocess.run(told, capture_output=True, text=True, check=True, cwd=ROOT)
    return dict(json.loads(done.stdout))


def _organisation(draw: random.Random, i: int, rows: dict[str, int]) -> dict[str, Any]:
    from tongtu.terms.ids import organisation_check, uscc_check

    body = f"{draw.randrange(10**8):08d}"
    code = f"91{draw.choice(_DIVISIONS)}{body}{organisation_check(body)}"
    return {
        "organisation": f"org-{i}", "name": f"{draw.choice(_PLACES)}{_words(draw, 2)}有限公司", "name_en": f"Firm {i}",
        "kind": draw.choice(("private", "sme", "university", "institute", "central_soe")),
        "uscc": None if "X" in code else code + uscc_check(code), "parent": f"org-{draw.randrange(i + 1)}",
        "industry": f"C{draw.randrange(1000, 4400)}", "founded": _day(draw, 1985, 2024),
        "legal_person": draw.random() < 0.9, "listed": draw.random() < 0.1, "website": f"https://firm{i}.example",
        "profile": _sentence(draw),
    }  # fmt: skip


def _firm_year(draw: random.Random, i: int, rows: dict[str, int]) -> dict[str, Any]:
    revenue = draw.randrange(10**8, 10**12)
    money = ("main_revenue", "rd_spend", "total_cost", "total_assets", "total_debt", "net_assets", "net_profit",
             "high_tech_revenue", "rd_domestic")  # fmt: skip
    return {
        "organisation": f"org-{i}", "year": 2025, "currency": "CNY", "price_year": 2025, "revenue": revenue,
        **{name: draw.randrange(revenue) for name in money}, "employees": draw.randrange(20, 5000),
        "rd_staff": draw.randrange(5, 500), "segment_share": round(draw.random(), 4),
        "ip_class1": draw.randrange(9), "ip_class2": draw.randrange(40), "abnormal_list": False,
        "accident_3y": False, "valid_from": date(2026, 1, 1), "recorded_at": _day(draw, 2026, 2026), "source": "年报",
    }  # fmt: skip


def _need(draw: random.Random, i: int, rows: dict[str, int]) -> dict[str, Any]:
    posted = _day(draw, 2025, 2026)
    return {
        "need": f"need-{i}", "organisation": f"org-{draw.randrange(rows['organisations'])}", "title": _words(draw, 4),
        "title_en": f"Need {i}", "text": _sentence(draw) * 2, "keywords": [_words(draw, 1) for _ in range(3)],
        "trl_min": draw.randrange(1, 5), "trl_target": draw.randrange(5, 10), "budget": draw.randrange(10**6, 10**10),
        "urgency": draw.choice(("low", "medium", "high")), "currency": "CNY", "price_year": 2026, "capacity": 1,
        "cooperation": ["licence", "joint_development"], "bottleneck": draw.random() < 0.1, "posted": posted,
        "deadline": posted + timedelta(days=draw.randrange(30, 400)), "state": "published", "source": "联合体",
    }  # fmt: skip


def _achievement(draw: random.Random, i: int, rows: dict[str, int]) -> dict[str, Any]:
    return {
        "achievement": f"ach-{i}", "organisation": f"org-{draw.randrange(rows['organisations'])}",
        "title": _words(draw, 4), "title_en": f"Result {i}", "text": _sentence(draw) * 2,
        "keywords": [_words(draw, 1) for _ in range(3)], "result_type": draw.choice(("applied", "material", "process")),
        "trl": draw.randrange(1, 10), "mrl": draw.randrange(1, 11), "ipc": ["H01L 21/02", "C04B 35/622"],
        "patents": ["201710601862.3"], "price": draw.randrange(10**6, 10**9), "currency": "CNY", "price_year": 2026,
        "capacity": draw.randrange(1, 5), "cooperation": ["licence", "equity"], "posted": _day(draw, 2024, 2026),
        "state": "published", "source": "成果库",
    }  # fmt: skip


def _indicator(draw: random.Random, i: int, rows: dict[str, int]) -> dict[str, Any]:
    kind, noun, prefix = draw.choice((("need", "needs", "need"), ("achievement", "achievements", "ach")))
    low = draw.random()
    return {
        "indicator": f"ind-{i}", "subject_kind": kind, "subject": f"{prefix}-{draw.randrange(rows[noun])}",
        "quantity": _words(draw, 1), "quantity_en": "loss", "operator": "between", "low": low,
        "high": low + draw.random(),
        "unit": "dB/cm", "conditions": "@10 GHz", "method": _words(draw, 2), "must": draw.random() < 0.7,
    }  # fmt: skip


def _outcome(draw: random.Random, i: int, rows: dict[str, int]) -> dict[str, Any]:
    entered, planned = _day(draw, 2015, 2024), draw.randrange(10**7, 10**9)
    return {
        "outcome": f"out-{i}", "achievement": f"ach-{draw.randrange(rows['achievements'])}",
        "member": f"org-{draw.randrange(rows['organisations'])}", "stage": draw.choice(("concept", "pilot",
        "scale_up")),
        "entered": entered, "left": entered + timedelta(days=draw.randrange(30, 900)),
        "result": draw.choice(("passed", "failed")), "piloted": draw.random() < 0.5, "cost_planned": planned,
        "cost_actual": int(planned * draw.uniform(0.7, 2)), "currency": "CNY", "price_year": 2025,
        "days_planned": draw.randrange(60, 700), "value_added": draw.randrange(10**9), "yield": round(draw.random(), 3),
        "valid_from": entered, "recorded_at": date(2026, 1, 1),
    }  # fmt: skip


_DIVISIONS = ("110108", "310115", "440305", "320594", "330106", "510107")
_PLACES = ("北京", "上海", "深圳", "苏州", "杭州", "成都", "武汉", "西安")
_TERMS = (
    "低温共烧陶瓷",
    "介电损耗",
    "薄膜沉积",
    "碳化硅衬底",
    "光刻胶",
    "靶材",
    "固态电解质",
    "连续流反应",
    "酶定向进化",
    "谐波减速器",
    "力矩传感器",
    "太赫兹前端",
    "铌酸锂调制器",
    "高温超导带材",
    "钙钛矿组件",
    "稀释制冷",
    "单晶高温合金",
)


def _words(draw: random.Random, n: int) -> str:
    return "".join(draw.choices(_TERMS, k=n))


def _sentence(draw: random.Random) -> str:
    return "".join(f"面向{_words(draw, 1)}的{_words(draw, 1)}，指标达到{draw.randrange(1, 999)}；" for _ in range(3))


def _day(draw: random.Random, first: int, last: int) -> date:
    return date(first, 1, 1) + timedelta(days=draw.randrange(365 * (last - first + 1)))
