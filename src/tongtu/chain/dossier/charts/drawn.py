"""A picture as SVG."""

from __future__ import annotations

from tongtu.chain.dossier.charts import bars, flow, gantt, heat, lines
from tongtu.chain.dossier.charts.canvas import Canvas
from tongtu.chain.dossier.charts.model import Bars, Flow, Gantt, Heat, Lines, Picture, blank
from tongtu.chain.report.spoken import Pair
from tongtu.rules.exchange.markup import Markup

WIDTH = 780.0


def drawn(picture: Picture, title: Pair, told: Pair | None = None, side: int | None = None) -> Markup:
    """The picture as one SVG element.

    `side` None: both languages, coloured by the classes of the page. 0 or 1: one language in fixed colours, which
    stands alone. `told` is what it shows, for those who cannot see it.
    """
    canvas = Canvas(WIDTH, side)
    match picture:
        case Lines():
            height = lines.draw(picture, canvas)
        case Bars():
            height = bars.draw(picture, canvas)
        case Heat():
            height = heat.draw(picture, canvas)
        case Gantt():
            height = gantt.draw(picture, canvas)
        case Flow():
            height = flow.draw(picture, canvas)
    return canvas.svg(height, title, told or blank())
