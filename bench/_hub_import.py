"""`python -m bench._hub_import FILE`: one workbook through the pages of a hub (TONGTU_HOME, TONGTU_DATABASE).

Uploaded by a form, read by the worker's dry run, stored on a second click and written by the worker, in this process.
Prints JSON.
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tongtu.hub.settings")

_COLUMNS = {
    "need": lambda n: f"n{n}",
    "title": lambda n: f"高温合金叶片涂层寿命提升需求第 {n} 项",
    "text": lambda n: f"在 {900 + n % 300} ℃ 下循环 {n % 5000} 次不剥落，可批量生产",
    "keywords": lambda n: "涂层;高温合金",
    "trl_min": lambda n: 3 + n % 5,
    "urgency": lambda n: ("high", "medium", "low")[n % 3],
    "budget": lambda n: 100 + n % 900,
    "currency": lambda n: "CNY",
    "price_year": lambda n: 2026,
    "posted": lambda n: "2026-10-01",
}


def write(path: Path, rows: int) -> None:
    """A workbook of needs as a member would send it: no fault in it, ten columns."""
    import xlsxwriter

    with xlsxwriter.Workbook(path, {"constant_memory": True}) as book:
        sheet = book.add_worksheet("needs")
        sheet.write_row(0, 0, list(_COLUMNS))
        for n in range(rows):
            sheet.write_row(n + 1, 0, [make(n) for make in _COLUMNS.values()])


def main(path: Path) -> dict[str, Any]:
    import django

    django.setup()
    from django.test import Client

    from tongtu.hub.care.upgrading import upgrade
    from tongtu.hub.exchange.models import Batch
    from tongtu.hub.jobs.worker import run_due

    upgrade()
    browser = Client()
    browser.force_login(_editor(), backend="tongtu.hub.people.signing.Backend")
    began = time.perf_counter()
    with path.open("rb") as stream:
        sent = browser.post("/exchange/upload/", {"file": stream})
    assert sent.status_code == 302, sent.content[:500]
    run_due()
    read = time.perf_counter()
    stored = browser.post(f"{sent['Location']}store/", {"how": "all"})
    assert stored.status_code == 302, stored.content[:500]
    run_due()
    ended = time.perf_counter()
    batch = Batch.objects.get()
    assert batch.state == "stored", batch.state
    rows = sum(tally.get("new", 0) for tally in batch.counts.values())
    return {
        "rows": rows,
        "read_seconds": read - began,
        "store_seconds": ended - read,
        "per_second": rows / (ended - began),
    }


def _editor() -> Any:
    from django.utils import timezone

    from tongtu.hub.people.models import Organisation, Role, User

    house = Organisation.objects.create(name="导入单位", verified_at=timezone.now())
    user = User.objects.create_user("editor@example.org", None)
    Role.objects.create(user=user, organisation=house, name="editor")
    return user


if __name__ == "__main__":
    print(json.dumps(main(Path(sys.argv[1]))))
