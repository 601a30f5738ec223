"""The merge rules of the Open Contracting Data Standard 1.1, both ways.

Releases of one process, oldest first, merge into its compiled release (how things stand) or its versioned release (how
they came to stand so). A later value replaces an earlier one; null removes; objects meet objects; in an array objects
with the same `id` meet, others are added; every other array is replaced whole. `difference` is the inverse: the
release that leads from one state to the next.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tongtu.pathway.exchange.log import Row

#: about the release itself, not the process
_OWN = ("id", "date", "tag")
#: arrays of objects that the standard's schema replaces whole (`wholeListMerge`), by path
WHOLE = frozenset({("parties", "additionalIdentifiers"), ("tender", "items", "additionalClassifications")})
_Path = tuple[str, ...]


def compiled(releases: Sequence[Mapping[str, Any]]) -> Row:
    """How the process stands after all releases; its `id` and `date` are the last release's."""
    ordered = sorted(releases, key=lambda one: str(one["date"]))
    found: Row = {}
    for one in ordered:
        _onto(found, {key: value for key, value in one.items() if key not in _OWN}, ())
    last = ordered[-1] if ordered else {}
    return {**_bare(found), "id": last.get("id"), "date": last.get("date"), "tag": ["compiled"]}


def versioned(releases: Sequence[Mapping[str, Any]]) -> Row:
    """Every value with the releases that set it; ids of objects in arrays and the `ocid` stand as they are."""
    found: Row = {}
    for one in sorted(releases, key=lambda one: str(one["date"])):
        said = {"releaseID": one["id"], "releaseDate": one["date"], "releaseTag": one.get("tag")}
        _note(found, {key: value for key, value in one.items() if key not in (*_OWN, "ocid")}, (), said)
        found["ocid"] = one["ocid"]
    return found


def difference(old: Mapping[str, Any], new: Mapping[str, Any]) -> Row:
    """What a release says that leads from one state to another: new and changed values, null for what is gone.

    The standard has no way to take an object out of an array: one that is gone keeps its id and loses all else.
    """
    found: Row = {key: None for key in old if key not in new}
    for key, value in new.items():
        before = old.get(key)
        if value == before:
            continue
        match before, value:
            case dict(), dict():
                found[key] = difference(before, value)
            case list(), list() if _by_id(before) and _by_id(value):
                found[key] = list(_changed(before, value))
            case _:
                found[key] = value
    return found


def _changed(old: list[Row], new: list[Row]) -> Iterator[Row]:
    before, after = ({one["id"]: one for one in side} for side in (old, new))
    for own, one in after.items():
        if one != before.get(own):
            yield {"id": own, **difference(before.get(own, {}), one)}
    for own, one in before.items():
        if own not in after:
            yield {"id": own, **dict.fromkeys((key for key in one if key != "id"), None)}


def _by_id(value: list[Any]) -> bool:
    return all(isinstance(one, dict) and one.get("id") is not None for one in value)


def _objects(value: Any, path: _Path) -> bool:
    """Whether an array merges object by object; an empty one is what stands in its place."""
    return isinstance(value, list) and path not in WHOLE and all(isinstance(one, dict) for one in value)


def _onto(found: Row, release: Mapping[str, Any], path: _Path) -> None:
    for key, value in release.items():
        here = (*path, key)
        if isinstance(value, dict):
            below = found.get(key)
            found[key] = below if isinstance(below, dict) else {}
            _onto(found[key], value, here)
        elif _objects(found.get(key, []) if value == [] else value, here) and isinstance(found.get(key) or [], list):
            _merge_list(found, key, value, here)
        else:
            found[key] = value


def _merge_list(found: Row, key: str, value: list[Row], path: _Path) -> None:
    mine = found[key] = found.get(key) or []
    for one in value:
        own = _met(mine, one)
        if own is None:
            own = {} if one.get("id") is None else {"id": one["id"]}
            mine.append(own)
        _onto(own, one, path)


def _met(mine: list[Row], one: Row) -> Row | None:
    """The object of the same id that is there already."""
    own = one.get("id")
    return None if own is None else next((other for other in mine if other.get("id") == own), None)


def _bare(value: Any) -> Any:
    """Without nulls, which say that something was removed."""
    match value:
        case dict():
            return {key: _bare(one) for key, one in value.items() if one is not None}
        case list():
            return [_bare(one) for one in value]
    return value


def _note(found: Row, release: Mapping[str, Any], path: _Path, said: Row) -> None:
    for key, value in release.items():
        here = (*path, key)
        if isinstance(value, dict):
            _note(found.setdefault(key, {}), value, here, said)
        elif _objects(value, here) and value:
            mine = found.setdefault(key, [])
            for one in value:
                own = _met(mine, one)
                if own is None:
                    own = {} if one.get("id") is None else {"id": one["id"]}
                    mine.append(own)
                _note(own, {name: part for name, part in one.items() if name != "id"}, here, said)
        else:
            _version(found, key, value, said)


def _version(found: Row, key: str, value: Any, said: Row) -> None:
    """One more value of a field, unless it is the one it had; what held objects before keeps them."""
    versions = found.setdefault(key, [])
    if isinstance(versions, list) and (not versions or versions[-1].get("value", _NOTHING) != value):
        versions.append({**said, "value": value})


_NOTHING = object()
