"""A scheme as a page to read and print: one HTML file that asks for nothing outside itself."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date
from importlib import resources

from tongtu.registry import Vocabularies, noun, vocabularies
from tongtu.rules.exchange.changes import KINDS, Change, changes, in_order, successions
from tongtu.rules.exchange.criteria_table import citations, grade, sources, tier_tables
from tongtu.rules.exchange.grants_table import duties, grants_table, window
from tongtu.rules.exchange.markup import Inside, Markup, joined, lines, link, row, table, tag
from tongtu.rules.exchange.plain import Speaker
from tongtu.rules.exchange.score_tables import score_table
from tongtu.rules.model import GRADES, PURPOSES, Scheme, Span, Version
from tongtu.terms.words import Lang, show


def page(scheme: Scheme, lang: Lang = "zh", as_of: date | None = None, *, codes: Vocabularies | None = None) -> str:
    """A whole HTML page in one language: versions side by side, criteria in plain words, scores, changes.

    `as_of` marks the versions in force on that day. `codes` are the pack's closed lists, so that entries are
    shown by their names; the registry's own are known anyway. Newest version first. Everything that comes from
    the rule file is escaped, and a policy in the page forbids it to load or run anything.
    """
    known = {**vocabularies(), **(codes or {})}
    versions = in_order(scheme)[::-1]
    speakers = [Speaker(lang, scheme.currency, version.scores, known) for version in versions]
    said = Speaker(lang, scheme.currency, (), known)
    sections = [
        _overview(versions, said, as_of),
        *(_version(version, own) for version, own in zip(versions, speakers, strict=True)),
        _changes(scheme, said),
        _figures(scheme, said),
        _legend(said),
    ]
    footer = tag("footer", said.word("footer"))
    return _document(
        said.label(scheme.label), lang, joined([_head(scheme, said, as_of), tag("main", sections), footer])
    )


def _document(title: str, lang: Lang, body: Markup) -> str:
    style = (resources.files(__package__) / "page.css").read_text(encoding="utf-8")
    policy = f"default-src 'none'; style-src 'sha256-{_sha256(style)}'; base-uri 'none'; form-action 'none'"
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        Markup(f'<meta http-equiv="Content-Security-Policy" content="{policy}">'),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("title", title),
        tag("style", Markup(style)),
    )
    return "<!DOCTYPE html>\n" + tag("html", head, tag("body", body), lang="zh-CN" if lang == "zh" else "en") + "\n"


def _sha256(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _section(title: str, *inside: Inside, id_: str | None = None) -> Markup:
    return tag("section", tag("h2", title), *inside, id=id_)


def _head(scheme: Scheme, said: Speaker, as_of: date | None) -> Markup:
    facts = [said.word("subject", table=noun(scheme.subject).label(said.lang))]
    if scheme.currency:
        facts.append(said.word("currency", currency=scheme.currency))
    if as_of is not None:
        facts.append(said.word("as-of", day=as_of))
    return tag(
        "header",
        tag("h1", said.label(scheme.label), " ", tag("code", scheme.scheme)),
        tag("p", tag("span", notice, class_="badge")) if (notice := said.label(scheme.notice)) else None,
        tag("p", said.listed(facts, "semicolon"), class_="soft"),
        tag("p", said.word("applies", to=said.truth(scheme.applies)), class_="soft") if scheme.applies else None,
    )


# versions side by side


def _overview(versions: Sequence[Version], said: Speaker, as_of: date | None) -> Markup:
    head: list[Inside] = ["", *(said.word("version", version=v.version) for v in versions)]
    rows = [
        _across(said.word("row-document"), [f"{v.cite.document} {v.cite.article}".strip() for v in versions]),
        _across(said.word("row-grade"), [grade(v.cite.grade, said) for v in versions]),
        _across(said.word("row-jurisdiction"), [said.place(v.jurisdiction) for v in versions]),
        _across(said.word("row-spans"), [lines(span_said(s, said) for s in v.spans) for v in versions]),
        _across(said.word("row-tiers"), [lines(said.label(t.label) for t in v.tiers) for v in versions]),
    ]
    if any(v.windows for v in versions):
        rows.append(_across(said.word("row-windows"), [lines(window(w, said) for w in v.windows) for v in versions]))
    if any(any(duties(v.lifecycle, said)) for v in versions):
        rows.append(
            _across(
                said.word("row-lifecycle"), [lines(map(said.sentence, duties(v.lifecycle, said))) for v in versions]
            )
        )
    if as_of is not None:
        rows.append(_across(said.word("row-now"), [_now(v, said, as_of) for v in versions]))
    return _section(said.word("h-versions"), table(head, rows, class_="across"))


def _across(name: str, cells: Iterable[Inside]) -> Markup:
    return row(tag("th", name, scope="row"), *(tag("td", cell) for cell in cells))


def span_said(span: Span, said: Speaker) -> str:
    """When a version is in force, what for, and for which batches alone."""
    until = show(span.end, said.lang) if span.end is not None else said.word("still")
    text = said.word("span", start=span.start, until=until, purposes=said.purposes(span.purposes))
    return text + (said.word("batches", batches=said.listed(span.batches)) if span.batches else "")


def _now(version: Version, said: Speaker, day: date) -> Markup:
    """What a version is in force for on a day; batches it is kept for are told by its spans."""
    purposes = [p for p in PURPOSES if any(p in s.purposes and s.covers(day, p, None) for s in version.spans)]
    special = [s for s in version.spans for p in s.purposes if s.batches and s.covers(day, p, s.batches[0])]
    if purposes:
        return tag("span", said.word("in-force", purposes=said.purposes(purposes)), class_="good")
    if special:
        return tag("span", said.word("in-force-batches"), class_="warn")
    ended = all(s.end is not None and s.end < day for s in version.spans)
    return tag("span", said.word("ended" if ended else "not-yet"), class_="soft")


# each version


def _version(version: Version, said: Speaker) -> Markup:
    name = said.word("version", version=version.version)
    inside: list[Inside] = [tag("p", f"{version.cite.document} {version.cite.article}".strip(), class_="note")]
    for title, content in tier_tables(version, said):
        inside += [tag("h3", title), content]
    for tier in version.tiers:
        if tier.grants:
            inside += [tag("h3", said.word("h-grants", tier=said.label(tier.label)))]
            inside += [grants_table(tier.grants, version.cite, said)]
    for score in version.scores:
        inside += [tag("h3", said.word("h-score", score=said.label(score.label))), score_table(score, said)]
    found = sources(citations(version))
    inside += [tag("h3", said.word("h-sources")), tag("ol", [tag("li", link(s)) for s in found], class_="sources")]
    return _section(name, *inside)


# what changed


def _changes(scheme: Scheme, said: Speaker) -> Markup | None:
    blocks = []
    for old, new in successions(scheme)[::-1]:
        before, after = (replace(said, scores=v.scores) for v in (old, new))
        found = changes(old, new, before, after)
        title = said.word("changed", old=old.version, new=new.version)
        names = {tier.tier: said.label(tier.label) for tier in (*old.tiers, *new.tiers)}
        blocks += [tag("h3", title), tag("p", _counted(found, said), class_="note"), _change_table(found, names, said)]
    return _section(said.word("h-changes"), *blocks) if blocks else None


def _counted(found: Sequence[Change], said: Speaker) -> str:
    counts = {kind: sum(c.kind == kind for c in found) for kind in KINDS}
    return said.listed(
        (said.word("count", kind=said.word(f"kind-{k}"), n=n) for k, n in counts.items() if n), "semicolon"
    )


def _change_table(found: Sequence[Change], names: dict[str, str], said: Speaker) -> Markup:
    columns = ["figure", "kind", "before", "after"]
    several = len(names) > 1
    head = [said.word(f"col-{name}") for name in ([*columns, "tiers"] if several else columns)]
    rows = []
    for change in sorted(found, key=lambda c: KINDS.index(c.kind)):
        cells: list[Inside] = [
            change.name,
            tag("span", said.word(f"kind-{change.kind}"), class_=f"kind k-{change.kind}"),
            *(_asked(side, said) for side in (change.before, change.after)),
        ]
        rows.append(row(*cells, *([said.listed(names[t] for t in change.tiers)] if several else [])))
    return table(head, rows, class_="changes")


def _asked(side: Sequence[tuple[str, str]], said: Speaker) -> Markup:
    return tag("td", [tag("div", said.sentence(text), " ", tag("code", path)) for path, text in side] or "—")


# figures and signs


def _figures(scheme: Scheme, said: Speaker) -> Markup | None:
    if not scheme.measures:
        return None
    head = [said.word(f"col-{name}") for name in ("figure", "how", "unit")]
    rows = [
        row(_named(said.label(m.label), m.name), said.sentence(said.measure(m)), said.sentence(said.unit(m.unit)))
        for m in scheme.measures.values()
    ]
    return _section(said.word("h-figures"), tag("p", said.word("figures-note"), class_="note"), table(head, rows))


def _named(label: str, key: str) -> Markup:
    return tag("td", label, " ", tag("code", key))


def _legend(said: Speaker) -> Markup:
    def entries() -> Iterator[Markup]:
        for name in GRADES:
            yield tag("li", grade(name, said), " ", said.word(f"grade-{name.lower()}-is"))

    return _section(said.word("h-grades"), tag("ul", list(entries()), class_="legend"))
