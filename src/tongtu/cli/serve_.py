"""`tongtu serve PLAN`: the report in the browser, from this machine, to this machine."""

from __future__ import annotations

import functools
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import click

from tongtu.cli.speak import Command, Number, Place, option
from tongtu.config import settings
from tongtu.terms.faults import UsageFault
from tongtu.terms.words import Lang, word


def command(lang: Lang) -> click.Command:
    found = settings()
    params: list[click.Parameter] = [
        click.Argument(["plan"], type=Place("folder"), default="plan"),
        option(lang, "host", default=found["host"].value, metavar="HOST"),
        option(lang, "port", default=found["port"].value, type=Number(int, 0, 65535), metavar="PORT"),
    ]

    def run(plan: Path, host: str, port: int) -> None:
        serve(plan, host, port, lang)

    return Command("serve", lang, run, params)


class _Report(SimpleHTTPRequestHandler):
    """Gives out the report and the workbook, and nothing else of the folder."""

    shown = ("/report.html", "/plan.xlsx")

    def do_GET(self) -> None:
        self._answer(super().do_GET)

    def do_HEAD(self) -> None:
        self._answer(super().do_HEAD)

    def _answer(self, give: object) -> None:
        path = self.path.split("?", 1)[0]
        if path == "/":
            self.path = "/report.html"
        elif path not in self.shown:
            self.send_error(404)
            return
        if callable(give):
            give()

    def log_message(self, format: str, *args: object) -> None:
        """Requests are not logged: the person sees the page."""


def serve(plan: Path, host: str, port: int, lang: Lang) -> None:
    """Serves until Ctrl-C. Raises UsageFault where there is no report or the port is taken."""
    if not (plan / "report.html").is_file():
        raise UsageFault.because("cli.no-report", "cli.no-report-repair", folder=str(plan))
    handler = functools.partial(_Report, directory=str(plan))
    try:
        server = ThreadingHTTPServer((host, port), handler)
    except OSError as error:
        raise UsageFault.because(
            "cli.port-taken", "cli.port-taken-repair", host=host, port=str(port), problem=str(error)
        ) from error
    with server:
        click.echo(word("cli.serving", lang, address=f"http://{host}:{server.server_port}/"))
        server.serve_forever()
