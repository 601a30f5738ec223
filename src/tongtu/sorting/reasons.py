"""Why a subject stands where it stands: the coalition behind its category, and what keeps the next away."""

from __future__ import annotations

from typing import Any

import numpy as np

from tongtu.sorting.core import Arrays, over
from tongtu.sorting.figures import Bools, Floats, Ints
from tongtu.sorting.model import Sorting, label
from tongtu.terms.why import Label, Ratio, Why


def standing(model: Sorting, it: Arrays, values: Floats, pessimistic: Ints, optimistic: Ints) -> list[str]:
    """A reason per subject, as JSON. Many stand on the same ground: each reason is written once."""
    if not model.profiles:
        return [Why("sorting.only", {"category": label(model.categories[0])}).to_json()] * len(values)
    grounds, weights = _grounds(it, values, pessimistic)
    said: dict[tuple[object, ...], str] = {}
    whys = []
    places = zip(pessimistic.tolist(), optimistic.tolist(), weights.tolist(), strict=True)
    speaker = _Speaker(model)
    for ground, place in zip(grounds, places, strict=True):
        key = (ground.tobytes(), *place)
        if key not in said:
            said[key] = speaker.reason(ground, *place).to_json()
        whys.append(said[key])
    return whys


def _grounds(it: Arrays, values: Floats, places: Ints) -> tuple[Bools, Floats]:
    """Per subject four rows of criteria: what supports its category, what the next lacks, what vetoes the next though
    support would suffice, what is not known. And what the first of these weigh."""
    found, rows = over(values, it), np.arange(len(values))
    own, following = np.maximum(places - 1, 0), np.minimum(places, len(it.limits) - 1)
    agreed, against = found.agreed[rows, following, None], found.against[rows, following]
    grounds = np.stack(
        [
            found.support[rows, own] > 0,
            found.support[rows, following] < 1,
            (agreed >= it.level) & ((against > agreed) | (against >= 1)),
            np.isnan(values),
        ],
        axis=1,
    )
    return grounds, found.agreed[rows, own].round(6)


class _Speaker:
    def __init__(self, model: Sorting) -> None:
        self.level = Ratio(model.cutting_level)
        self.names = [label(c) for c in model.criteria]
        self.categories = [label(c) for c in model.categories]

    def reason(self, ground: Bools, place: int, lenient: int, weight: float) -> Why:
        support, lacking, vetoing, unknown = (self._chosen(mask) for mask in ground)
        args: dict[str, Any] = {"category": self.categories[place]}
        parts, last = [], len(self.categories) - 1
        if place:
            args |= {"support": support, "weight": Ratio(weight), "level": self.level}
        if place < last:
            args["lacking"] = lacking
            following = self.categories[place + 1]
            if place:
                args["next"] = following
            if vetoing:
                parts.append(Why("sorting.vetoed", {"next": following, "criteria": vetoing}))
        if unknown:
            parts.append(Why("sorting.not-known", {"criteria": unknown}))
        if lenient != place:
            parts.append(Why("sorting.apart", {"category": self.categories[lenient]}))
        code = "lowest" if not place else "highest" if place == last else "reached"
        return Why(f"sorting.{code}", args, tuple(parts))

    def _chosen(self, mask: Bools) -> list[Label]:
        return [name for name, taken in zip(self.names, mask.tolist(), strict=True) if taken]
