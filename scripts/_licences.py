"""Lists the licences of the run-time packages; fails where one may not be shipped with (GPL, AGPL, or none stated)."""

from __future__ import annotations

import re
import sys
from importlib.metadata import PackageNotFoundError, distribution, requires

FORBIDDEN = re.compile(r"\bA?GPL", re.IGNORECASE)
ALLOWED_WORDS = re.compile(r"MIT|BSD|Apache|PSF|Python|ISC|MPL|Zlib|0BSD|Unlicense|CC0", re.IGNORECASE)


def run_time(name: str = "tongtu", found: dict[str, str] | None = None) -> dict[str, str]:
    """Package → licence for everything that `tongtu` needs to run."""
    found = {} if found is None else found
    for line in requires(name) or []:
        if "extra ==" in line:
            continue
        package = re.split(r"[\s;<>=!~\[(]", line, maxsplit=1)[0]
        key = package.lower().replace("_", "-")
        if key in found:
            continue
        try:
            found[key] = licence(package)
        except PackageNotFoundError:
            continue  # needed on another system only
        run_time(package, found)
    return found


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
