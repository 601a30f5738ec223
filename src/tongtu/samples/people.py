"""People and teams, with ORCID identifiers from the block below the first ever assigned."""

from __future__ import annotations

import numpy as np
import polars as pl

from tongtu.samples.draw import Blocks, Ints, ids, take
from tongtu.samples.ground import Ground, constant
from tongtu.samples.listings import INDUSTRY, LABORATORY, member, nulls, words
from tongtu.samples.organisations import Actors
from tongtu.samples.texts import joined

_ROLES = ("researcher", "engineer", "technician", "technology_manager", "manager", "assessor")
_GRADES = ("正高级", "副高级", "中级", "初级")


def people(ground: Ground, actors: Actors) -> tuple[pl.DataFrame, Ints]:
    """The noun, and the row of each person's organisation."""
    draw, n = ground.draw("people"), ground.size.people
    home = np.concatenate(
        [actors.of("university", "institute"), actors.of("central_soe", "private", "provider", "platform_operator")]
    )
    where = home[draw.below(len(home), n)]
    names = ground.lore.names
    given = [names[k].split() for k in ("given_first", "given_second")]
    surname = names["surnames"].split()
    field = actors.field[where]
    concept = member(draw, ground.lore.subjects, field)
    provider = np.isin(actors.kind[where], [i for i, k in enumerate(actors.kinds) if k == "provider"])
    role = np.where(provider, 3, draw.which([5, 3, 1, 0.3, 0.5, 0.5], n))
    expert = draw.chance(0.25, n)
    one = draw.below(len(given[0]), n)
    name = joined(
        take(surname, draw.below(len(surname), n)), take(given[0], one), take(given[1], draw.below(len(given[1]), n))
    )
    plain = np.zeros(n, dtype=np.int64)
    frame = pl.DataFrame(
        {
            "person": ids("P", n),
            "name": name,
            "organisation": actors.ids.gather(where),
            "orcid": nulls(_orcid(n), draw.chance(0.4, n) & (role == 0)),
            "role": take(_ROLES, role),
            "grade": take(_GRADES, draw.which([2, 4, 3, 1], n)),
            "directions": ground.directions_of(field),
            "expertise": joined(
                words(ground.lore, concept, plain + INDUSTRY, plain, "zh"),
                constant("、", n),
                words(ground.lore, concept, plain + LABORATORY, plain, "zh"),
            ),
            "is_expert": expert,
            "load_max": nulls(pl.Series(draw.between(3, 12, n)), expert),
        }
    )
    return frame, where


def _orcid(n: int) -> pl.Series:
    """0000-0000-NNNN-NNNC with its ISO 7064 check character; assignment began above this block."""
    number = np.arange(1, n + 1)
    digits = [number // 10**p % 10 for p in range(14, -1, -1)]
    total = np.zeros(n, dtype=np.int64)
    for digit in digits:
        total = (total + digit) * 2 % 11
    check = take(list("0123456789X"), (12 - total) % 11)
    body = pl.Series(number).cast(pl.String).str.zfill(15)
    return (
        body.str.slice(0, 4)
        + "-"
        + body.str.slice(4, 4)
        + "-"
        + body.str.slice(8, 4)
        + "-"
        + body.str.slice(12, 3)
        + check
    )


def teams(ground: Ground, actors: Actors, staff: pl.DataFrame, where: Ints) -> pl.DataFrame:
    """Teams of the universities and institutes, each with a leader and up to three members of its house."""
    draw, n = ground.draw("teams"), ground.size.teams
    homes = actors.of("university", "institute", "central_soe")
    home = homes[draw.below(len(homes), n)]
    blocks = Blocks(np.arange(staff.height), where, len(actors.kind))
    has = np.isin(home, where)
    picked = [blocks.pick(draw, home) for _ in range(4)]
    person = staff["person"]
    members = pl.DataFrame([take(person, np.where(has, p, -1)).alias(str(i)) for i, p in enumerate(picked)])
    field = actors.field[home]
    trade = take(ground.lore.fields["trade_zh"].str.split(";").list.first(), field)
    number = pl.Series(np.arange(1, n + 1)).cast(pl.String)
    return pl.DataFrame(
        {
            "team": ids("TM", n),
            "name": joined(trade, constant("创新团队（", n), number, constant("）", n)),
            "organisation": actors.ids.gather(home),
            "leader": take(person, np.where(has, picked[0], -1)),
            "members": members.select(
                pl.concat_list(pl.all()).list.drop_nulls().list.unique(maintain_order=True)
            ).to_series(),
            "directions": ground.directions_of(field),
            "capability": joined(constant("承担", n), trade, constant("方向研发与工程化", n)),
            "capacity": draw.between(1, 5, n),
        }
    )
