"""The Merkle tree of RFC 6962, section 2.1: SHA-256, leaves and nodes hashed apart, never rebalanced.

A root of 32 bytes stands for every entry so far, in order. An inclusion proof shows that an entry lies
at an index of a tree with this root; a consistency proof shows that a later tree begins with exactly
the entries of an earlier one. Both have about log2(size) hashes. Verifying needs neither the tree nor
anything outside Python's standard library. The algorithms of verification are those of RFC 9162,
sections 2.1.3.2 and 2.1.4.2, over the same tree.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from hashlib import sha256

EMPTY_ROOT = sha256(b"").digest()


def leaf_hash(entry: bytes) -> bytes:
    return sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return sha256(b"\x01" + left + right).digest()


class Tree:
    """An append-only list of entries. Hashes of complete subtrees are kept, so that appending costs O(1)
    hashes on average and a root or proof of any past size costs O(log n)."""

    def __init__(self, entries: Iterable[bytes] = ()) -> None:
        self._levels: list[list[bytes]] = [[]]  # level h holds the roots of complete subtrees of 2**h leaves
        for entry in entries:
            self.append(entry)

    def __len__(self) -> int:
        return len(self._levels[0])

    def append(self, entry: bytes) -> int:
        """Add an entry and return its index."""
        index = len(self)
        self._levels[0].append(leaf_hash(entry))
        level = 0
        while len(self._levels[level]) % 2 == 0:
            pair = self._levels[level][-2:]
            level += 1
            if level == len(self._levels):
                self._levels.append([])
            self._levels[level].append(node_hash(*pair))
        return index

    def leaf(self, index: int) -> bytes:
        """The hash of an entry."""
        return self._levels[0][index]

    def root(self, size: int | None = None) -> bytes:
        """The root when the tree had `size` entries (default: now). Raises ValueError for a future size."""
        size = self._size(size)
        return self._subtree(0, size) if size else EMPTY_ROOT

    def inclusion(self, index: int, size: int | None = None) -> list[bytes]:
        """Proof that entry `index` is in the tree of `size`. Raises ValueError where it is not."""
        size = self._size(size)
        if not 0 <= index < size:
            raise ValueError(f"no entry {index} in a tree of {size}")
        proof, low, high = [], 0, size
        while high - low > 1:  # walk down to the leaf, keeping the sibling at every step
            middle = low + _split(high - low)
            if index < middle:
                proof.append(self._subtree(middle, high))
                high = middle
            else:
                proof.append(self._subtree(low, middle))
                low = middle
        return proof[::-1]

    def consistency(self, old: int, new: int | None = None) -> list[bytes]:
        """Proof that the tree of `new` entries begins with that of `old`; empty when they are equal.

        Raises ValueError where the sizes are not 0 < old <= new: every tree begins with the empty one.
        """
        new = self._size(new)
        if not 0 < old <= new:
            raise ValueError(f"no proof from {old} to {new} entries")
        proof, low, high, own = [], 0, new, True
        while old != high:  # `own`: the old tree's root covers this subtree, the verifier has it
            middle = low + _split(high - low)
            if old <= middle:
                proof.append(self._subtree(middle, high))
                high = middle
            else:
                proof.append(self._subtree(low, middle))
                low, own = middle, False
        if not own:
            proof.append(self._subtree(low, high))
        return proof[::-1]

    def _size(self, size: int | None) -> int:
        size = len(self) if size is None else size
        if not 0 <= size <= len(self):
            raise ValueError(f"the tree has {len(self)} entries, never had {size}")
        return size

    def _subtree(self, low: int, high: int) -> bytes:
        """The hash over entries low..high-1, where `low` is a multiple of the power of two covering them."""
        width = high - low
        if width & (width - 1) == 0:
            level = width.bit_length() - 1
            return self._levels[level][low >> level]
        middle = low + _split(width)
        return node_hash(self._subtree(low, middle), self._subtree(middle, high))


def verify_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> bool:
    """Whether `proof` shows that a leaf hash lies at `index` in the tree of `size` entries with this root."""
    if not 0 <= index < size or len(leaf) != len(EMPTY_ROOT):
        return False
    node, last, at = leaf, size - 1, index
    for step in proof:
        if last == 0:
            return False  # the proof is too long
        if at % 2 or at == last:
            node = node_hash(step, node)
            while at % 2 == 0 and at:  # a right edge: skip the levels where it has no sibling
                at, last = at >> 1, last >> 1
        else:
            node = node_hash(node, step)
        at, last = at >> 1, last >> 1
    return last == 0 and node == root


def verify_consistency(old: int, new: int, proof: Sequence[bytes], old_root: bytes, new_root: bytes) -> bool:
    """Whether `proof` shows that the tree of `new` entries begins with the tree of `old` entries."""
    if not 0 < old <= new:  # every tree begins with the empty one: that proves nothing
        return False
    if old == new:
        return not proof and old_root == new_root
    path = list(proof)
    if old & (old - 1) == 0:  # a complete old tree is itself the first node
        path.insert(0, old_root)
    if not path:
        return False
    at, last = old - 1, new - 1
    while at % 2:
        at, last = at >> 1, last >> 1
    older = newer = path[0]
    for step in path[1:]:
        if last == 0:
            return False
        if at % 2 or at == last:
            older, newer = node_hash(step, older), node_hash(step, newer)
            while at % 2 == 0 and at:
                at, last = at >> 1, last >> 1
        else:
            newer = node_hash(newer, step)
        at, last = at >> 1, last >> 1
    return last == 0 and older == old_root and newer == new_root


def _split(width: int) -> int:
    """The largest power of two below `width`."""
    return 1 << ((width - 1).bit_length() - 1)
