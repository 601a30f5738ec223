"""Whether a hub can stand on its settings: every fault at once, before Django reads any of them."""

from __future__ import annotations

import importlib.util
import ipaddress
import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import urlsplit

from tongtu.config import Setting
from tongtu.terms.faults import Fault, UsageFault
from tongtu.terms.why import Why

#: a mail address as a sender's setting may give it
_ADDRESS = re.compile(r"[^@\s]+@[^@\s]+")


def check(found: Mapping[str, Setting], host: str | None = None) -> None:
    """Raises UsageFault with everything that keeps a hub from standing. `host` is the one to listen on, if any."""
    faults = [*_platform(), *_home(found), *_database(found), *_address(found, host), *_mail(found), *_counts(found)]
    if faults:
        raise UsageFault(faults)


def _fault(code: str, setting: Setting | None = None, **args: object) -> Fault:
    place = f"{setting.name} ({setting.origin})" if setting else ""
    return Fault(Why(f"hub_care.{code}", args), Why(f"hub_care.{code}-repair", args), place)


def _platform() -> Iterator[Fault]:
    """Children of the hub are forked."""
    if not hasattr(os, "fork"):
        yield _fault("no-windows")


def _home(found: Mapping[str, Setting]) -> Iterator[Fault]:
    """The folder can be made, or is there and can be written."""
    setting = found["home"]
    place = Path(str(setting.value) or "hub").resolve()
    nearest = next((p for p in (place, *place.parents) if p.exists()), place)
    if not nearest.is_dir() or not os.access(nearest, os.W_OK | os.X_OK):
        yield _fault("home-closed", setting, folder=str(place))


def _database(found: Mapping[str, Setting]) -> Iterator[Fault]:
    """Empty for SQLite, or an address of PostgreSQL whose driver is installed."""
    setting = found["database"]
    url = str(setting.value)
    if not url:
        return
    parts = urlsplit(url)
    if parts.scheme not in ("postgresql", "postgres") or not parts.path.strip("/"):
        yield _fault("database-address", setting)
    elif importlib.util.find_spec("psycopg") is None:
        yield _fault("no-driver", setting)


def _address(found: Mapping[str, Setting], host: str | None) -> Iterator[Fault]:
    """Whoever opens the hub to other machines must say under which name they know it."""
    setting = found["address"]
    url = str(setting.value)
    parts = urlsplit(url)
    if url and (parts.scheme not in ("http", "https") or not parts.hostname or parts.path.strip("/")):
        yield _fault("bad-address", setting, address=url)
    if not url and host is not None and not _this_machine(host):
        yield _fault("no-address", found["host"], host=host)


def _this_machine(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _mail(found: Mapping[str, Setting]) -> Iterator[Fault]:
    setting = found["mail"]
    url = str(setting.value)
    parts = urlsplit(url)
    if url and (parts.scheme not in ("smtp", "smtps") or not parts.hostname):
        yield _fault("bad-mail", setting)
    if not _ADDRESS.fullmatch(str(found["mail_from"].value)):
        yield _fault("bad-sender", found["mail_from"], sender=str(found["mail_from"].value))


def _counts(found: Mapping[str, Setting]) -> Iterator[Fault]:
    for name in ("workers", "job_workers"):
        if not 1 <= int(found[name].value) <= 64:
            yield _fault("bad-count", found[name], name=name)
