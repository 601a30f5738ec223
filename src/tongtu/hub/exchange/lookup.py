"""From what a cell names to the record it means.

In this order: a row of the same import by its key (an organisation also by its credit code); a record of the
importer's own by the number they gave it; any record that the importer may see by its id in the hub; an organisation
that they may see by its credit code. What is hidden from the importer is not found, as if it did not exist.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Iterator

import polars as pl
from django.db.models import Q, QuerySet

from tongtu.hub.exchange.importer import Importer
from tongtu.hub.people.models import Organisation
from tongtu.hub.records.columnar import frame
from tongtu.hub.records.columns import field_name
from tongtu.hub.records.keys import TENANTS, own_number
from tongtu.hub.records.models import MODELS
from tongtu.registry.columns import noun

#: what is known of a named record; its state is null where it is a new row of this import
FOUND = {"typed": pl.String, "uid": pl.String, "tenant": pl.String, "lifecycle": pl.String}
_ASKED = 500


class Lookup:
    """Names already resolved, by noun; asks the database once for each name it has not met."""

    def __init__(self, importer: Importer) -> None:
        self._importer = importer
        self._known: dict[str, pl.DataFrame] = {}
        self._asked: dict[str, set[tuple[str, str]]] = {}
        self.doubtful: dict[str, set[str]] = {}  # numbers that several records have

    def learn(self, name: str, found: pl.DataFrame) -> None:
        """Rows of the import under the names others may call them by; the first that has a name keeps it."""
        self._add(name, found.drop_nulls("typed"))

    def resolve(self, name: str, typed: pl.Series) -> pl.DataFrame:
        """`uid`, `tenant` and `lifecycle` of each name, in its order; null where nothing is found."""
        self._ask(name, typed.drop_nulls().unique())
        names = pl.DataFrame({"typed": typed.cast(pl.String)})
        return names.join(self._of(name), on="typed", how="left", maintain_order="left").drop("typed")

    def _of(self, name: str) -> pl.DataFrame:
        return self._known.get(name, pl.DataFrame(schema=FOUND))

    def _add(self, name: str, found: pl.DataFrame) -> None:
        both = pl.concat([self._of(name), found.select(*FOUND)])
        self._known[name] = both.unique("typed", keep="first", maintain_order=True)

    def _ask(self, name: str, typed: pl.Series) -> None:
        asked = self._asked.setdefault(name, set())
        for way in _ways(name, self._importer):
            known = self._of(name)["typed"].implode()
            missing = [t for t in typed.filter(~typed.is_in(known)).sort().to_list() if (t, way.__name__) not in asked]
            for some in _handfuls(missing):
                found = way(some)
                twice = found.filter(found["typed"].is_duplicated())["typed"]
                self.doubtful.setdefault(name, set()).update(twice)
                self._add(name, found.filter(~found["typed"].is_in(twice.implode())))
            asked.update((t, way.__name__) for t in missing)


def _ways(name: str, importer: Importer) -> Iterator[Callable[[list[str]], pl.DataFrame]]:
    """The ways to find records of a noun by what people call them, the surest first."""
    manager, number = MODELS[name].objects, own_number(noun(name))
    mine = Q(tenant=importer.own)
    if importer.others:  # numbers of a consortium's workbook are the importer's own
        mine |= Q(batch__organisation=importer.own)

    def by_number(some: list[str]) -> pl.DataFrame:
        field = field_name(number) if number is not None else "pk"
        return _named(manager.filter(mine, **{f"{field}__in": some}), field)

    def by_id(some: list[str]) -> pl.DataFrame:
        return _named(manager.visible_to(importer.sight).filter(pk__in=_ids(some)), "uid")

    def by_credit_code(some: list[str]) -> pl.DataFrame:
        return _named(manager.visible_to(importer.sight).filter(uscc__in=some), "uscc")

    def tenants(some: list[str]) -> pl.DataFrame:
        return _tenants(some, importer)

    if name == TENANTS:
        yield tenants
    if number is not None:
        yield by_number
    yield by_id
    if name == TENANTS:
        yield by_credit_code


def _named(rows: QuerySet, field: str) -> pl.DataFrame:
    fields = dict.fromkeys([field, "uid", "tenant", "lifecycle"])
    read = frame(rows.order_by("pk"), [*fields])
    return read.with_columns(pl.col(field).alias("typed")).select(*FOUND)


def _tenants(some: list[str], importer: Importer) -> pl.DataFrame:
    """Organisations by id or credit code: one's own also by its name, others' for whoever imports for them."""
    own = importer.organisation
    rows = [(name, own) for name in {own.uscc, own.name, own.name_en, str(own.pk)} if name and name in some]
    if importer.others:
        rows += [(o.uscc, o) for o in Organisation.objects.filter(uscc__in=some).exclude(pk=own.pk).order_by("pk")]
        rows += [(str(o.pk), o) for o in Organisation.objects.filter(pk__in=_ids(some)).exclude(pk=own.pk)]
    found = [(typed, str(o.pk), str(o.pk), "") for typed, o in rows]
    return pl.DataFrame(found, schema=FOUND, orient="row")


def _ids(texts: Iterable[str]) -> list[uuid.UUID]:
    found = []
    for text in texts:
        try:
            found.append(uuid.UUID(text))
        except ValueError:
            continue
    return found


def _handfuls(names: list[str]) -> Iterator[list[str]]:
    yield from (names[at : at + _ASKED] for at in range(0, len(names), _ASKED))
