"""The colours by day and by night keep the contrast that WCAG 2.2 asks for, wherever two of them meet."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

STYLE = Path(__file__).resolve().parents[2] / "src" / "tongtu" / "hub" / "look" / "static" / "tongtu"
VALUE = re.compile(r"--([a-z-]+):\s*(#[0-9a-f]{6});")

#: text and what it stands on: 4.5:1 (1.4.3)
TEXT = [
    *((ink, ground) for ink in ("ink", "quiet", "accent", "accent-deep", "bad") for ground in ("paper", "surface")),
    ("ink", "sunken"), ("quiet", "sunken"), ("accent", "sunken"), ("good", "sunken"), ("warn", "sunken"),
    ("on-accent", "accent"), ("on-accent", "accent-deep"),
    ("ink", "accent-soft"), ("ink", "good-soft"), ("ink", "warn-soft"), ("ink", "bad-soft"),
    ("accent", "accent-soft"), ("good", "good-soft"), ("warn", "warn-soft"), ("bad", "bad-soft"),
    ("mute", "mute-soft"), ("mute", "surface"), ("mute", "paper"), ("surface", "bad"),
    ("good", "surface"), ("warn", "surface"), ("on-band", "band"), ("on-band-quiet", "band"),
]  # fmt: skip

#: what must be seen without being read: 3:1 (1.4.11)
SHAPES = [
    ("edge", "surface"), ("edge", "paper"), ("focus", "paper"), ("focus", "surface"), ("accent", "sunken"),
    ("good", "sunken"), ("bad", "sunken"),
]  # fmt: skip


def colours(theme: str) -> dict[str, str]:
    return dict(VALUE.findall((STYLE / theme).read_text(encoding="utf-8")))


def luminance(colour: str) -> float:
    """Relative luminance, WCAG 2.2."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def test_contrast_is_that_of_the_standard() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.005)


@pytest.mark.parametrize("theme", ["colours.css", "dark.css"])
@pytest.mark.parametrize(("ink", "ground"), TEXT)
def test_text_can_be_read(theme: str, ink: str, ground: str) -> None:
    named = colours(theme)
    assert contrast(named[ink], named[ground]) >= 4.5


@pytest.mark.parametrize("theme", ["colours.css", "dark.css"])
@pytest.mark.parametrize(("shape", "ground"), SHAPES)
def test_shapes_can_be_seen(theme: str, shape: str, ground: str) -> None:
    named = colours(theme)
    assert contrast(named[shape], named[ground]) >= 3


def test_night_names_every_colour_of_the_day() -> None:
    assert colours("dark.css").keys() == colours("colours.css").keys()


def test_components_use_only_named_colours() -> None:
    """Outside the two palettes a colour stands as a value only on the head, which looks the same day and night."""
    used = re.findall(r"var\(--([a-z-]+)\)", "".join((STYLE / n).read_text() for n in ("hub.css", "frame.css")))
    plain = {
        "space",
        "round",
        "page",
        "serif",
        "sans",
        "latin",
        "cjk",
        "mono",
        "lock",
        "lock-ajar",
        "shadow",
        "shadow-high",
    }
    assert set(used) - plain <= colours("colours.css").keys()
    assert re.findall(r"#[0-9a-f]{3,6}\b", (STYLE / "hub.css").read_text()) == []
