"""How often somebody may ask: a bucket of tokens each, in this process alone and without a database."""

from __future__ import annotations

import time
from collections import OrderedDict
from dataclasses import dataclass, field
from threading import Lock


@dataclass
class Buckets:
    """`burst` requests at once, then `rate` a second; of the `most` last seen, so that it never grows without end."""

    burst: float = 200.0
    rate: float = 20.0
    most: int = 20_000
    _held: OrderedDict[str, tuple[float, float]] = field(default_factory=OrderedDict)
    _lock: Lock = field(default_factory=Lock)

    def wait(self, key: str, now: float | None = None) -> float:
        """Takes one token: 0.0, or the seconds until there is one."""
        now = time.monotonic() if now is None else now
        with self._lock:
            left, then = self._held.pop(key, (self.burst, now))
            left = min(self.burst, left + (now - then) * self.rate)
            wait = 0.0 if left >= 1.0 else (1.0 - left) / self.rate
            self._held[key] = (left - 1.0 if not wait else left, now)
            if len(self._held) > self.most:
                self._held.popitem(last=False)
        return wait

    def clear(self) -> None:
        with self._lock:
            self._held.clear()
