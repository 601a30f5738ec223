"""What the room of care brings to the navigation."""

from __future__ import annotations

from tongtu.hub.care.log import readable
from tongtu.hub.look.home import place

place(90, "care:log", "hub_care.nav", lambda asker: asker.signed_in and readable(asker).allowed, menu=True)
