"""Folders that appear whole or not at all."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tongtu.terms.faults import UsageFault


@contextmanager
def whole_folder(folder: Path, mark: str) -> Iterator[Path]:
    """A fresh folder to write into, put in the place of `folder` when the block ends well.

    An interrupted block leaves the old folder, or none. An existing folder is replaced only where it is empty or
    holds `mark`, the name of something that only we write; otherwise raises UsageFault.
    """
    folder = Path(folder)
    if folder.exists() and not (folder / mark).exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageFault.because("faults.folder-taken", "faults.folder-taken-repair", folder=str(folder))
    folder.parent.mkdir(parents=True, exist_ok=True)
    fresh = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        yield fresh
        _swap(fresh, folder)
    except BaseException:
        shutil.rmtree(fresh, ignore_errors=True)
        raise


def _swap(fresh: Path, folder: Path) -> None:
    """Puts `fresh` in the place of `folder`; the old one goes only when the new one stands."""
    fresh.chmod(0o755)
    if folder.exists():
        old = Path(tempfile.mkdtemp(prefix=f".{folder.name}-old-", dir=folder.parent))
        os.replace(folder, old / "was")
        os.replace(fresh, folder)
        shutil.rmtree(old)
    else:
        os.replace(fresh, folder)
