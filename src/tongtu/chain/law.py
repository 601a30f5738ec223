"""What a pack's texts say, read once: its rule book and its pathways. A pack never changes once it is loaded."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tongtu.packs import Pack
    from tongtu.pathway import Pathway
    from tongtu.pathway.agreements import Template
    from tongtu.rules import RuleBook


@lru_cache(maxsize=4)
def rule_book(pack: Pack) -> RuleBook:
    """The pack's rules, their codes checked against its vocabularies. Raises RuleRefused."""
    from tongtu import rules

    return rules.load(pack.texts("rules"), pack.vocabularies)


@lru_cache(maxsize=4)
def pathways(pack: Pack) -> dict[str, Pathway]:
    """The pack's pathways by id. Raises PackRefused."""
    from tongtu import pathway

    texts, book = pack.texts("pathways"), rule_book(pack)
    return pathway.load(texts, pack.vocabularies, templates=templates(pack), book=book)


@lru_cache(maxsize=4)
def templates(pack: Pack) -> dict[str, Template]:
    """The pack's templates of agreements by id. Raises PackRefused."""
    from tongtu.pathway import agreements

    return agreements.load(pack.texts("agreements"), pack.vocabularies)
