"""What every test of the hub may stand on; see `hub_world`."""

from __future__ import annotations

import pytest
from hub_world import World, listed_in, people_it


@pytest.fixture
def world(db: None) -> World:
    """Organisations and people, without records."""
    return people_it()


@pytest.fixture
def listed(world: World) -> World:
    """The same with a published need of the firm and a published achievement of the laboratory."""
    return listed_in(world)
