"""Names to show for codes: platforms and regions from the records, directions and words from the pack."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tongtu.registry import Registry
from tongtu.registry.vocabularies import vocabularies
from tongtu.terms.why import Label, Why

if TYPE_CHECKING:
    from tongtu.packs import Pack


@dataclass(frozen=True, slots=True)
class Names:
    """A code without a name stands for itself."""

    platforms: dict[str, Label]
    regions: dict[str, Label]
    directions: dict[str, Label]
    funds: dict[str, Label]
    organisations: dict[str, Label]
    words: dict[str, dict[str, Label]]

    @classmethod
    def of(cls, registry: Registry, pack: Pack) -> Names:
        words = {**vocabularies(), **pack.vocabularies}
        nouns = ("platforms", "regions", "directions", "funds", "organisations")
        platforms, regions, directions, funds, organisations = (_labels(registry, noun) for noun in nouns)
        return cls(
            platforms, words.get("region", {}) | regions, words.get("direction", {}) | directions, funds,
            organisations, words,
        )  # fmt: skip

    def platform(self, code: str | None) -> Label | Why:
        """A place without a platform yet is a new one."""
        return Why("pilots_layout.new-place") if code is None else self.platforms.get(code, Label(code))

    def platform_name(self, code: str | None) -> str | None:
        return None if code is None else self.platforms.get(code, Label(code)).zh

    def region(self, code: str) -> Label:
        return self.regions.get(code, Label(code))

    def direction(self, code: str) -> Label:
        return self.directions.get(code, Label(code))

    def fund(self, code: str | None) -> Label | None:
        return None if code is None else self.funds.get(code, Label(code))

    def payer(self, code: str | None) -> Label | Why:
        """The fund that pays; a budget of no fund is the budget."""
        return self.fund(code) or Why("pilots_layout.the-budget")

    def organisation(self, code: str) -> Label:
        return self.organisations.get(code, Label(code))

    def word(self, vocabulary: str, code: str) -> Label:
        return self.words.get(vocabulary, {}).get(code, Label(code))


def _labels(registry: Registry, noun: str) -> dict[str, Label]:
    frame = registry[noun]
    return {
        code: Label(name, english or "")
        for code, name, english in frame.select(frame.columns[0], "name", "name_en").iter_rows()
    }
