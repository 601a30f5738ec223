"""`tongtu appraise`: what cases have proved and what would lift them; how two evaluation schemes differ."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from tongtu.cli.piloting.ground import ground, hand_over, of_network
from tongtu.cli.speak import Command
from tongtu.terms.faults import UsageFault
from tongtu.terms.words import Lang, word

if TYPE_CHECKING:
    from tongtu.chain.network import Network
    from tongtu.cli.piloting.ground import Told


def command(lang: Lang) -> click.Command:
    params = [
        *of_network(lang),
        _own(lang, "case", metavar="ID"),
        _own(lang, "schemes", is_flag=True),
        _own(lang, "scheme", metavar="NAME"),
        _own(lang, "versions", metavar="OLD:NEW"),
        _own(lang, "home", default="CN", metavar="XX"),
    ]

    def run(case: str | None, schemes: bool, scheme: str | None, versions: str | None, home: str, **given: Any) -> None:
        with ground(lang, **given) as network:
            compared = schemes or scheme is not None or versions is not None
            found = _schemes(network, scheme, versions, home, case) if compared else _cases(network, case, home)
        hand_over(found, lang, **given)

    return Command("appraise", lang, run, params)


def _cases(network: Network, case: str | None, home: str) -> Told:
    from tongtu.chain import appraisal

    cases = appraisal.appraisal(network, home=home)
    return appraisal.overview(cases) if case is None else appraisal.case(cases, case)


def _schemes(network: Network, scheme: str | None, versions: str | None, home: str, case: str | None) -> Told:
    from tongtu.chain import appraisal
    from tongtu.chain.appraisal.schemes import SCHEME

    if case is not None:
        raise UsageFault.because("appraisal.case-or-schemes", "appraisal.case-or-schemes-repair")
    old, _, new = (versions or "").partition(":")
    if versions is not None and not (old and new):
        raise UsageFault.because("appraisal.bad-versions", "appraisal.bad-versions-repair", given=versions)
    return appraisal.schemes(network, scheme=scheme or SCHEME, old=old or None, new=new or None, home=home)


def _own(lang: Lang, name: str, **more: Any) -> click.Option:
    """An option whose help stands under `appraisal.opt-<name>`."""
    return click.Option([f"--{name}"], help=word(f"appraisal.opt-{name}", lang), **more)
