"""Settings: one file, then environment, then options; each value knows where it came from.

Looked for in this order, a later one wins: built-in default, the file `tongtu.toml` (in the working folder, or
named by `TONGTU_CONFIG`), the environment variable `TONGTU_<NAME>`, the command's own option.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tongtu.terms.faults import Fault, UsageFault
from tongtu.terms.why import Why

#: name → default; the type of the default is the type of the setting. Words: `config.<name>`.
DEFAULTS: dict[str, str | int | float] = {
    "lang": "",
    "pack": "cn",
    "currency": "CNY",
    "top": 10,
    "least": 0.1,
    "confidence": 0.7,
    "host": "127.0.0.1",
    "port": 8000,
    "log_level": "warning",
    "log_format": "text",
    "own_file_megabytes": 512,
    "home": "",
    "database": "",
    "address": "",
    "workers": 2,
    "job_workers": 1,
    "demo_logins": 0,
    "second_factor": 0,
    "mail": "",
    "mail_from": "tongtu@localhost",
}

#: settings that take one of a few words
CHOICES = {
    "lang": ("", "zh", "en"),
    "log_level": ("debug", "info", "warning", "error"),
    "log_format": ("text", "json"),
}


@dataclass(frozen=True, slots=True)
class Setting:
    """A value and the place it was taken from: `default`, a file's path, or a variable's name."""

    name: str
    value: str | int | float
    origin: str


def settings(environ: Mapping[str, str] | None = None, folder: Path | None = None) -> dict[str, Setting]:
    """Every setting by name. Raises UsageFault with all faults of file and environment."""
    environ = os.environ if environ is None else environ
    found = {name: Setting(name, value, "default") for name, value in DEFAULTS.items()}
    faults: list[Fault] = []
    for name, raw, origin in _given(environ, folder or Path.cwd(), faults):
        if name not in DEFAULTS:
            what = Why("config.unknown", {"name": name})
            faults.append(Fault(what, Why("config.unknown-repair", {"names": tuple(DEFAULTS)}), origin))
            continue
        try:
            found[name] = Setting(name, _typed(name, raw), origin)
        except ValueError:
            what = Why("config.wrong-type", {"name": name, "value": str(raw)})
            faults.append(Fault(what, _wanted(name), origin))
    if faults:
        raise UsageFault(faults)
    return found


def _given(environ: Mapping[str, str], folder: Path, faults: list[Fault]) -> list[tuple[str, Any, str]]:
    """What file and environment say, in the order of their weight."""
    named = environ.get("TONGTU_CONFIG")
    path = Path(named) if named else folder / "tongtu.toml"
    given: list[tuple[str, Any, str]] = []
    if path.is_file():
        try:
            given += [(k, v, str(path)) for k, v in tomllib.loads(path.read_text(encoding="utf-8")).items()]
        except (ValueError, OSError) as error:
            faults.append(
                Fault(Why("config.no-toml", {"problem": str(error)}), Why("config.no-toml-repair"), str(path))
            )
    elif named:
        faults.append(Fault(Why("config.no-file", {"path": named}), Why("config.no-file-repair"), "TONGTU_CONFIG"))
    for name in DEFAULTS:
        variable = f"TONGTU_{name.upper()}"
        if variable in environ:
            given.append((name, environ[variable], variable))
    return given


def _typed(name: str, raw: Any) -> str | int | float:
    kind = type(DEFAULTS[name])
    if isinstance(raw, bool) or not isinstance(raw, str | int | float) or raw not in CHOICES.get(name, (raw,)):
        raise ValueError(name)
    return kind(raw)


def _wanted(name: str) -> Why:
    if name in CHOICES:
        return Why("config.choices", {"words": tuple(w for w in CHOICES[name] if w)})
    return Why(f"config.wrong-type-{type(DEFAULTS[name]).__name__}")
