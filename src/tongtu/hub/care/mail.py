"""Mail into a folder of the hub's home, for an intranet without a mail server; a server is one setting."""

from __future__ import annotations

from django.conf import settings
from django.core.mail.backends.filebased import EmailBackend


class Backend(EmailBackend):
    """One file a message under `home/mail`."""

    def __init__(self, **options: object) -> None:
        super().__init__(file_path=settings.HOME / "mail", **options)
