"""Mail into a folder of the hub's home, for an intranet without a mail server; a server is one setting."""

from __future__ import annotations

from urllib.parse import unquote, urlsplit

from django.conf import settings
from django.core.mail.backends.filebased import EmailBackend as Files
from django.core.mail.backends.smtp import EmailBackend as Server


class ToFiles(Files):
    """One file a message under `home/mail`."""

    def __init__(self, **options: object) -> None:
        super().__init__(file_path=settings.HOME / "mail", **options)


class ToServer(Server):
    """The server of the setting `mail`: `smtp://user:password@host:587` (TLS is begun where a password is given) or
    `smtps://…` (TLS from the start)."""

    def __init__(self, **options: object) -> None:
        super().__init__(**{**options, **server(settings.MAIL)})


def server(url: str) -> dict[str, object]:
    """An address as the arguments of Django's SMTP backend."""
    parts = urlsplit(url)
    tls = parts.scheme == "smtps"
    return {
        "host": parts.hostname,
        "port": parts.port or (465 if tls else 587 if parts.username else 25),
        "username": unquote(parts.username or ""),
        "password": unquote(parts.password or ""),
        "use_ssl": tls,
        "use_tls": bool(parts.username) and not tls,
        "timeout": 20,
    }


def Backend(**options: object) -> Files | Server:  # noqa: N802 - Django asks for a class and calls it
    return ToServer(**options) if settings.MAIL else ToFiles(**options)
