"""JSON: records with a title, content, address and date, by the names people give those; JSON Feed as well."""

from __future__ import annotations

from typing import Any

from tongtu.registry.boundary import documents, text
from tongtu.registry.boundary.limits import Limits
from tongtu.registry.boundary.prose import markup
from tongtu.registry.boundary.prose.lines import paragraphs
from tongtu.registry.boundary.prose.shape import Prose, Run, tidy
from tongtu.registry.boundary.refusal import fault, raise_all

_NAMES = {
    "title": ("title", "headline", "标题", "题名"),
    "published": ("published", "date", "date_published", "pubdate", "publish_time", "发布日期", "发布时间", "日期"),
    "outlet": ("outlet", "source", "publisher", "site", "来源", "发布机构"),
    "address": ("address", "url", "link", "external_url", "链接", "网址"),
    "language": ("language", "lang", "语言"),
}
_CONTENT = ("content", "text", "body", "content_text", "正文", "内容", "全文")
_HTML = ("content_html", "html")
_MANY = ("items", "articles", "documents", "data", "records")
_MOST_FAULTS = 100


def prose_of(data: bytes, suffix: str, limits: Limits) -> list[Prose]:
    """The records in their order. Raises FileRefused with all records that hold no content."""
    encoding = text.encoding_of(data)
    records = _records(documents.values_of(data, suffix, limits))
    found = [_record(record, encoding) for record in records]
    wrong = [fault("json-prose", number=n) for n, prose in enumerate(found, 1) if prose is None]
    raise_all([fault("json-prose", number=1)] if not found else wrong[:_MOST_FAULTS])
    return [prose for prose in found if prose is not None]


def _records(value: Any) -> list[Any]:
    """One record, a list of them, or an object that holds such a list."""
    if isinstance(value, list):
        return value
    many = next((value[n] for n in _MANY if isinstance(value.get(n), list)), None) if isinstance(value, dict) else None
    return [value] if many is None else list(many)


def _record(record: Any, encoding: str) -> Prose | None:
    if not isinstance(record, dict):
        return None
    fields = {str(name).strip().lower(): value for name, value in record.items() if isinstance(value, str)}
    content, page = (next((fields[n] for n in names if n in fields), "") for names in (_CONTENT, _HTML))
    said: dict[str, Any] = {
        name: next((fields[n] for n in names if n in fields), "").strip() for name, names in _NAMES.items()
    }
    runs = tidy(Run("paragraph", p) for p in paragraphs(content.splitlines())) or markup.runs_of_fragment(page)
    if not runs:
        return None
    title = (Run("title", said["title"], level=1),) if said["title"] else ()
    return Prose(tidy(title) + runs, "json", encoding=encoding, **said)
