"""Signals: what a listing's own fields, and what is on record about it, say of a pair.

`ALL` holds them by name, in the order people read them. Each is a pure function of pairs, both sides'
listings and a `Scene` (registry, date, viewer's class, industries); it returns a number in 0..1 or null
where it cannot be told, which neither helps nor harms, with the few facts its reason needs:

    scene = Scene(registry.known(as_of), as_of)
    for signal in ALL.values():
        pairs = signal(found, asked, offered, scene)     # n, a, NAME, NAME_…, in the order of `found`
        signal.why(row, vocabularies)                    # a row of it as a reason

- `field`: directions, focus areas, patent classes, and industries where patents meet keywords
- `readiness`: the level offered against the level wanted
- `region`: the same region, one in the other, under one roof, apart
- `freshness`: the answer's age, renewed by whatever shows that it lives
- `record`: results, titles and deliveries of the answer's holder, team or platform
- `priority`: what the strategy in force weighs

Where many portions of one market are measured, `signal.prepare(asked, offered, scene)` reads the sides once; where
listings come and go, `signal.asking` and `signal.offering` read each as it comes, and `signal.between` measures pairs
of what was read.
The numbers that are our own choice stand in `ours.toml`. Inside: `pairs` (millions of pairs, few kinds),
`places` (regions in regions), `ipc` (patent symbols), `results` (what was brought to an end), `profiles`
(an organisation from its best items).
"""

from collections.abc import Mapping
from types import MappingProxyType

from tongtu.match.signals.field import FIELD
from tongtu.match.signals.freshness import FRESHNESS
from tongtu.match.signals.priority import PRIORITY
from tongtu.match.signals.profiles import aggregate
from tongtu.match.signals.readiness import READINESS
from tongtu.match.signals.record import RECORD
from tongtu.match.signals.region import REGION
from tongtu.match.signals.signal import INDUSTRIES, Measure, Scene, Signal

ALL: Mapping[str, Signal] = MappingProxyType(
    {signal.name: signal for signal in (FIELD, READINESS, REGION, FRESHNESS, RECORD, PRIORITY)}
)

__all__ = ["ALL", "INDUSTRIES", "Measure", "Scene", "Signal", "aggregate"]
