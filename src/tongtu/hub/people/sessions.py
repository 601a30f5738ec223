"""Sessions in the database, read by a prepared statement."""

from __future__ import annotations

from typing import Any

from django.contrib.sessions.backends import db
from django.utils import timezone

from tongtu.hub.statements import first


class SessionStore(db.SessionStore):
    """Django's, but for how the row is found."""

    def _get_session_from_db(self) -> Any:
        key = self.session_key
        found = first(("session",), (key,), lambda: self.model.objects.filter(session_key=key))
        if found is not None and found.expire_date > timezone.now():
            return found
        self._session_key = None
        return None
