"""Click in two languages: help pages, option types and errors take every word from the catalogue."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import click

from tongtu.terms.faults import Fault, UsageFault
from tongtu.terms.why import Why
from tongtu.terms.words import Lang, word


class _Spoken:
    """Help pages with headings in the person's language."""

    lang: Lang

    def format_usage(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        pieces = self.collect_usage_pieces(ctx)  # type: ignore[attr-defined]
        formatter.write_usage(ctx.command_path, " ".join(pieces), prefix=word("cli.usage", self.lang))

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        params = self.get_params(ctx)  # type: ignore[attr-defined]
        rows = [record for p in params if (record := p.get_help_record(ctx)) is not None]
        if rows:
            with formatter.section(word("cli.options", self.lang)):
                formatter.write_dl(rows)

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        option = super().get_help_option(ctx)  # type: ignore[misc]
        if option is not None:
            option.help = word("cli.opt-help", self.lang)
        return option  # type: ignore[no-any-return]


class Command(_Spoken, click.Command):
    """One command; its texts stand in the catalogue under `cli.<name>` and `cli.<name>-more`."""

    def __init__(self, name: str, lang: Lang, callback: Callable[..., Any], params: list[click.Parameter]) -> None:
        self.lang = lang
        more = word(f"cli.{name}-more", lang)
        speech = click.Option(["--lang"], expose_value=False, metavar="zh|en", help=word("cli.opt-lang", lang))
        text = f"{word(f'cli.{name}', lang)}\n\n{more}"
        super().__init__(name, callback=callback, params=[*params, speech], help=text,
                         options_metavar=word("cli.options-mark", lang))  # fmt: skip


class Group(_Spoken, click.Group):
    """A list of commands; `load(name)` brings one in when it is called.

    Its own text stands in the catalogue under `cli.<name>`, those of its commands under `cli.<prefix><name>`.
    """

    def __init__(
        self, name: str, lang: Lang, names: Sequence[str], load: Callable[[str], click.Command], prefix: str = ""
    ) -> None:
        self.lang, self.names, self.load, self.prefix = lang, names, load, prefix
        super().__init__(name, help=word(f"cli.{name}", lang), no_args_is_help=True,
                         options_metavar=word("cli.options-mark", lang),
                         subcommand_metavar=word("cli.command-mark", lang))  # fmt: skip

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.names)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        return self.load(cmd_name) if cmd_name in self.names else None

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in self.names:
            raise UsageFault.because("cli.no-command", "cli.no-command-repair", name=args[0], names=tuple(self.names))
        return super().resolve_command(ctx, args)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        super().format_options(ctx, formatter)
        with formatter.section(word("cli.commands", self.lang)):
            formatter.write_dl([(name, word(f"cli.{self.prefix}{name}", self.lang)) for name in self.names])


class Day(click.ParamType[date]):
    """A date as people type it: 2026-11-21, 2026.11.21, 2026年11月21日."""

    name = "date"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        if isinstance(value, date):
            return value
        from tongtu.terms.dates import parse_date

        found = parse_date(str(value)).value
        if found is None:
            raise UsageFault.because("cli.bad-date", "cli.bad-date-repair", option=_name(param), value=str(value))
        return found


class Place(click.ParamType[Path]):
    """A file or folder; with `must="file"` or `must="folder"` it has to exist."""

    name = "path"

    def __init__(self, must: str = "") -> None:
        self.must = must

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Path:
        path = Path(value)
        ok = {"file": path.is_file, "folder": path.is_dir, "either": path.exists}.get(self.must, lambda: True)()
        if not ok:
            raise UsageFault.because(f"cli.no-{self.must}", "cli.no-path-repair", path=str(value))
        return path


class Number(click.ParamType[float]):
    """A number in a range, ends included."""

    name = "number"

    def __init__(self, kind: type[int] | type[float], low: float, high: float) -> None:
        self.kind, self.low, self.high = kind, low, high

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int | float:
        try:
            number = self.kind(value)
            if self.low <= number <= self.high:
                return number
        except ValueError:
            pass
        raise UsageFault.because("cli.bad-number", "cli.bad-number-repair", option=_name(param), value=str(value),
                                 low=self.low, high=self.high)  # fmt: skip


class OneOf(click.ParamType[str]):
    """One of a few words."""

    name = "choice"

    def __init__(self, *words: str) -> None:
        self.words = words

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        if value in self.words:
            return str(value)
        raise UsageFault.because("cli.bad-choice", "cli.bad-choice-repair", option=_name(param), value=str(value),
                                 words=self.words)  # fmt: skip


def option(lang: Lang, name: str, *, default: Any = None, metavar: str = "", **more: Any) -> click.Option:
    """An option whose help stands under `cli.opt-<name>`."""
    helped = word(f"cli.opt-{name}", lang, default="" if default is None else default)
    return click.Option([f"--{name}"], default=default, metavar=metavar or None, help=helped, **more)


def flag(lang: Lang, name: str, *, default: bool = True) -> click.Option:
    """A pair `--x/--no-x`."""
    return click.Option([f"--{name}/--no-{name}"], default=default, help=word(f"cli.opt-{name}", lang))


def fault_of(error: click.ClickException) -> Fault:
    """A click error as one of our faults."""
    repair = Why("cli.see-help")
    match error:
        case click.NoSuchOption():
            return Fault(Why("cli.no-option", {"option": error.option_name}), repair)
        case click.MissingParameter():
            return Fault(Why("cli.missing", {"option": _name(error.param)}), repair)
        case click.BadOptionUsage():
            return Fault(Why("cli.needs-value", {"option": error.option_name}), repair)
    return Fault(Why("cli.bad-call", {"problem": error.format_message()}), repair)


def _name(param: click.Parameter | None) -> str:
    if param is None:
        return ""
    return param.opts[0] if isinstance(param, click.Option) else param.make_metavar(click.Context(click.Command("x")))
