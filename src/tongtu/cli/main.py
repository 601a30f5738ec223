"""Entry point: finds the language, runs a command, and turns every fault into words and an exit code.

Exit codes: 0 done; 1 the data or the question held faults; 2 the call was wrong; 130 stopped by the person.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from importlib import import_module

import click

import tongtu
from tongtu.cli.speak import Group, fault_of
from tongtu.config import settings
from tongtu.terms.faults import Cancelled, TongtuError, UsageFault
from tongtu.terms.words import Lang, as_lang, word

#: in the order people meet them
COMMANDS = (
    "demo",
    "sample",
    "template",
    "map",
    "check",
    "judge",
    "calls",
    "year",
    "deadlines",
    "rules",
    "match",
    "pilots",
    "risk",
    "fund",
    "case",
    "pathway",
    "appraise",
    "autonomy",
    "research",
    "brief",
    "plan",
    "report",
    "diff",
    "serve",
    "backup",
    "restore",
    "config",
    "bench",
)


def main(argv: Sequence[str] | None = None) -> None:
    args = list(sys.argv[1:] if argv is None else argv)
    lang = language(args, os.environ)
    code = run(args, lang)
    raise SystemExit(code)


def run(args: Sequence[str], lang: Lang) -> int:
    """Runs one command line and returns its exit code; everything wrong is said on standard error."""
    try:
        result = root(lang).main(args=list(args), prog_name="tongtu", standalone_mode=False)
        return result if isinstance(result, int) else 0
    except click.exceptions.Exit as stop:
        return stop.exit_code
    except click.ClickException as error:
        click.echo(fault_of(error).say(lang), err=True)
        return 2
    except (KeyboardInterrupt, click.Abort, Cancelled):
        click.echo("\n" + Cancelled().say(lang), err=True)
        return 130
    except TongtuError as error:
        click.echo(error.say(lang), err=True)
        return 2 if isinstance(error, UsageFault) else 1
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # the reader left; say no more
        return 0


def root(lang: Lang) -> Group:
    """The command group in one language; a command's module is loaded when it is asked for."""

    def load(name: str) -> click.Command:
        command: click.Command = import_module(f"tongtu.cli.{name}_").command(lang)
        return command

    group = Group("tongtu", lang, COMMANDS, load)
    version = click.Option(["--version"], is_flag=True, expose_value=False, is_eager=True,
                           callback=_version, help=word("cli.opt-version", lang))  # fmt: skip
    speech = click.Option(["--lang"], expose_value=False, metavar="zh|en", help=word("cli.opt-lang", lang))
    group.params += [speech, version]
    return group


def _version(ctx: click.Context, _: click.Parameter, asked: bool) -> None:
    if asked:
        click.echo(f"tongtu {tongtu.__version__}")
        ctx.exit()


def language(args: Sequence[str], environ: Mapping[str, str]) -> Lang:
    """`--lang`, then `TONGTU_LANG` or the settings file, then the locale; Chinese where none of them says English."""
    for position, arg in enumerate(args):
        if arg == "--lang" and position + 1 < len(args):
            return as_lang(args[position + 1])
        if arg.startswith("--lang="):
            return as_lang(arg.removeprefix("--lang="))
    try:
        chosen = str(settings(environ)["lang"].value)
    except TongtuError:
        chosen = ""  # the command itself will say what is wrong with the settings
    return as_lang(chosen or environ.get("LC_ALL") or environ.get("LC_MESSAGES") or environ.get("LANG"))
