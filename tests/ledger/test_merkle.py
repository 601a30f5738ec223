"""The Merkle tree against published vectors, a naive twin, and tampering."""

from __future__ import annotations

import base64
import json
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongtu.ledger import Tree, leaf_hash, verify_consistency, verify_inclusion

VECTORS = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "merkle" / "testdata"
ENTRIES = st.lists(st.binary(max_size=8), min_size=1, max_size=70)


def published(kind: str) -> list[Any]:
    files = sorted((VECTORS / kind).rglob("*.json"))
    return [pytest.param(json.loads(f.read_text()), id=f"{f.parent.name}-{f.stem}") for f in files] or [
        pytest.param(None, marks=pytest.mark.skip(reason=f"no vectors at {VECTORS}"))
    ]


def decoded(vector: dict[str, Any], *names: str) -> list[bytes]:
    return [base64.b64decode(vector[name] or "") for name in names]


def proof(vector: dict[str, Any]) -> list[bytes]:
    return [base64.b64decode(step) for step in vector["proof"] or []]


@pytest.mark.parametrize("vector", published("inclusion"))
def test_published_inclusion_vectors(vector: dict[str, Any]) -> None:
    leaf, root = decoded(vector, "leafHash", "root")
    good = verify_inclusion(leaf, vector["leafIdx"], vector["treeSize"], proof(vector), root)
    assert good is not vector["wantErr"]


@pytest.mark.parametrize("vector", published("consistency"))
def test_published_consistency_vectors(vector: dict[str, Any]) -> None:
    old, new = decoded(vector, "root1", "root2")
    good = verify_consistency(vector["size1"], vector["size2"], proof(vector), old, new)
    assert good is not vector["wantErr"]


def naive(entries: list[bytes]) -> bytes:
    """The definition of RFC 6962, word for word."""
    if not entries:
        return sha256(b"").digest()
    if len(entries) == 1:
        return leaf_hash(entries[0])
    k = 1
    while k * 2 < len(entries):
        k *= 2
    return sha256(b"\x01" + naive(entries[:k]) + naive(entries[k:])).digest()


@given(ENTRIES)
def test_roots_of_every_size_follow_the_definition(entries: list[bytes]) -> None:
    tree = Tree(entries)
    sizes = range(len(entries) + 1)
    assert [tree.root(k) for k in sizes] == [naive(entries[:k]) for k in sizes]


@given(ENTRIES, st.data())
def test_proofs_hold_and_break_with_any_change(entries: list[bytes], data: st.DataObject) -> None:
    tree = Tree(entries)
    size = data.draw(st.integers(1, len(entries)))
    index = data.draw(st.integers(0, size - 1))
    steps = tree.inclusion(index, size)
    assert verify_inclusion(tree.leaf(index), index, size, steps, tree.root(size))
    assert not verify_inclusion(leaf_hash(entries[index] + b"!"), index, size, steps, tree.root(size))
    assert not verify_inclusion(tree.leaf(index), index, size, [*steps, b"\0" * 32], tree.root(size))

    old = data.draw(st.integers(1, size))
    steps = tree.consistency(old, size)
    assert verify_consistency(old, size, steps, tree.root(old), tree.root(size))
    rewritten = Tree([b"other", *entries[1:]] if entries[0] != b"other" else [b"else", *entries[1:]])
    assert not verify_consistency(old, size, steps, tree.root(old), rewritten.root(size))


def test_what_a_tree_never_had_is_refused() -> None:
    tree = Tree([b"a", b"b"])
    for wrong in (lambda: tree.root(3), lambda: tree.inclusion(2), lambda: tree.consistency(0)):
        with pytest.raises(ValueError, match=r"entr|no proof"):
            wrong()
