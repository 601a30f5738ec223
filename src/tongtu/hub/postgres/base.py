"""The database backend that the settings name."""

from __future__ import annotations

import select

from django.db.backends.postgresql import base


class DatabaseWrapper(base.DatabaseWrapper):  # type: ignore[misc]
    """Django's, but that a connection is not tried with a query before every request."""

    def is_usable(self) -> bool:
        """Whether the server is still there: one that has gone away has closed the socket, which then is readable."""
        if self.connection is None or self.connection.closed:
            return False
        seen = select.poll()
        seen.register(self.connection.fileno(), select.POLLIN | select.POLLERR | select.POLLHUP)
        return not seen.poll(0) or bool(super().is_usable())
