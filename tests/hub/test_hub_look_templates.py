"""Every template of the hub: words only from the catalogue, nothing that the content policy forbids, known classes."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from tongtu.terms.words import missing

HUB = Path(__file__).resolve().parents[2] / "src" / "tongtu" / "hub"
TEMPLATES = sorted(p for p in HUB.glob("*/templates/**/*") if p.suffix in (".html", ".txt"))
STYLE = "".join(p.read_text(encoding="utf-8") for p in (HUB / "look" / "static" / "tongtu").glob("*.css"))
CLASSES = set(re.findall(r"\.([a-z][\w-]*)", re.sub(r"/\*.*?\*/|url\(.*?\)", "", STYLE, flags=re.DOTALL)))
COMMENT = re.compile(r"{#.*?#}|{% comment .*?{% endcomment %}", re.DOTALL)
TAG = re.compile(r"{[%{].*?[%}]}", re.DOTALL)
SPOKEN = re.compile(r"""{%\s*t\s+["']([^"']+)["']""")
LETTER = re.compile(r"[^\W\d_]")
DATA = ("application/json", "application/ld+json")  # read, never run
SHOWN_ATTRIBUTES = {"title", "alt", "aria-label", "placeholder", "data-confirm"}
NAMES = [str(p.relative_to(HUB)) for p in TEMPLATES]


class Reader(HTMLParser):
    """Collects what a page would show or run, where a template tag stands for nothing."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.faults: list[str] = []
        self.code = 0  # how deep in <code>, whose text belongs to no language

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        for name, value in attrs:
            if name == "style" or re.fullmatch(r"on[a-z]+", name) or (value or "").strip().startswith("javascript:"):
                self.faults.append(f"{tag} {name}")
            if name in SHOWN_ATTRIBUTES and LETTER.search(value or ""):
                self.faults.append(f"{tag} {name}={value}")
        if tag == "style" or (tag == "script" and "src" not in given and given.get("type") not in DATA):
            self.faults.append(f"inline {tag}")
        self.code += tag == "code"

    def handle_endtag(self, tag: str) -> None:
        self.code -= tag == "code"

    def handle_data(self, data: str) -> None:
        if not self.code and LETTER.search(data):
            self.texts.append(data.strip())


def read(path: Path) -> Reader:
    reader = Reader()
    reader.feed(TAG.sub("", COMMENT.sub("", path.read_text(encoding="utf-8"))))
    return reader


@pytest.mark.parametrize("path", TEMPLATES, ids=NAMES)
def test_a_template_says_only_words_of_the_catalogue(path: Path) -> None:
    assert read(path).texts == []


@pytest.mark.parametrize("path", TEMPLATES, ids=NAMES)
def test_a_template_holds_no_style_and_no_script_of_its_own(path: Path) -> None:
    assert read(path).faults == []


@pytest.mark.parametrize("path", TEMPLATES, ids=NAMES)
def test_every_code_of_a_template_is_spoken_in_both_languages(path: Path) -> None:
    codes = set(SPOKEN.findall(path.read_text(encoding="utf-8")))
    assert [fault for code in sorted(codes) for fault in missing(code)] == []


@pytest.mark.parametrize("path", TEMPLATES, ids=NAMES)
def test_every_class_of_a_template_is_defined(path: Path) -> None:
    """A class that no rule knows is a component that looks like nothing. Classes made by a tag end in what is left."""
    source = COMMENT.sub("", path.read_text(encoding="utf-8"))
    whole = re.findall(r'class="([^"{]*)"', source)
    assert {name for text in whole for name in text.split()} - CLASSES == set()


def test_the_reader_sees_what_it_must_refuse() -> None:
    reader = Reader()
    reader.feed(
        '<p style="color:red" onclick="x()" title="Hello">你好 and more</p><script>run()</script><style>p{}</style>'
    )
    assert reader.texts == ["你好 and more", "run()", "p{}"]
    assert reader.faults == ["p style", "p onclick", "p title=Hello", "inline script", "inline style"]


def test_all_of_the_hub_was_read() -> None:
    assert len(TEMPLATES) > 40
