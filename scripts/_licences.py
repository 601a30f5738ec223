"""Lists the licences of the run-time packages; fails where one may not be shipped with (GPL, AGPL, or none stated)."""

from __future__ import annotations

import re
import sys
from importlib.metadata import PackageNotFoundError, distribution, requires

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

FORBIDDEN = re.compile(r"\bA?GPL", re.IGNORECASE)
ALLOWED_WORDS = re.compile(r"MIT|BSD|Apache|PSF|Python|ISC|MPL|Zlib|0BSD|Unlicense|CC0", re.IGNORECASE)


def run_time(name: str = "tongtu") -> dict[str, str]:
    """Package → licence for everything that `tongtu` needs to run, extras that it asks for among it."""
    found: dict[str, str] = {}
    seen: set[tuple[str, frozenset[str]]] = set()
    waiting = [(name, frozenset[str]())]
    while waiting:
        package, extras = waiting.pop()
        key = canonicalize_name(package)
        if (key, extras) in seen:
            continue
        seen.add((key, extras))
        try:
            if package != name:
                found[key] = licence(package)
            lines = requires(package) or []
        except PackageNotFoundError:
            continue  # needed on another system only
        needed = [Requirement(line) for line in lines]
        waiting += [(r.name, frozenset(r.extras)) for r in needed if _asked(r, extras)]
    return found


def _asked(requirement: Requirement, extras: frozenset[str]) -> bool:
    """Whether a requirement counts with these extras of the package that states it; systems are not told apart."""
    text = str(requirement.marker or "")
    return "extra" not in text or any(requirement.marker.evaluate({"extra": extra}) for extra in extras)


def licence(package: str) -> str:
    meta = distribution(package).metadata
    classifiers = [c.rsplit(" :: ", 1)[-1] for c in meta.get_all("Classifier") or [] if c.startswith("License")]
    stated = meta.get("License-Expression") or "; ".join(classifiers) or (meta.get("License") or "")
    return stated.strip().splitlines()[0] if stated.strip() else ""


def main() -> int:
    found = run_time()
    bad = {p: t for p, t in found.items() if (FORBIDDEN.search(t) and "LGPL" not in t) or not ALLOWED_WORDS.search(t)}
    for package, text in sorted(found.items()):
        print(f"{'!!' if package in bad else '  '} {package:28} {text[:60] or 'none stated'}")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
