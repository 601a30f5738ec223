"""Writes `match/weights/default.json` and prints what was measured."""

from __future__ import annotations

import argparse
from datetime import date
from pathlib import Path

from tongtu import packs
from tongtu.match.learning import planted
from tongtu.terms.words import say

TARGET = Path(__file__).parents[1] / "src" / "tongtu" / "match" / "weights" / "default.json"


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--on", type=date.fromisoformat, default=date(2026, 11, 22))
    model = planted.train(packs.load("cn"), options.parse_args().on)
    TARGET.write_text(model.to_json(), encoding="utf-8")
    print(f"{model.name} {model.version}: {model.judgments} judgments, {model.questions} questions")
    print(say(model.source, "en"))
    for name, figure in model.measured.items():
        print(f"  {name:24} {figure.value:8.4f}   {figure.low:8.4f} to {figure.high:.4f}")


if __name__ == "__main__":
    main()
