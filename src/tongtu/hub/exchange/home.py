"""What the room of exchange brings to the navigation."""

from __future__ import annotations

from tongtu.hub.look.home import belongs, place

place(60, "exchange:home", "hub_exchange.nav", belongs)
