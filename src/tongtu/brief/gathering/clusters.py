"""Groups whose members belong together on average."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np


def clusters(size: int, links: Iterable[tuple[int, int]], odds: Callable[[int, int], float]) -> list[list[int]]:
    """Groups of 0..size-1, each sorted, by their first member.

    Average linkage (Sokal & Michener 1958): the two groups with the greatest mean log-odds between their members
    become one, until no mean is above zero; of equals the first. `links` are the pairs that may be one; `odds` is asked
    of every pair that links connect, also through others, so one doubtful link never joins two groups that disagree.
    """
    groups: list[list[int]] = []
    for members in connected(size, links):
        groups += _merged(members, odds)
    return sorted(groups)


def connected(size: int, links: Iterable[tuple[int, int]]) -> list[list[int]]:
    """Groups of 0..size-1 that links connect, each sorted, by their first member."""
    root = list(range(size))

    def find(at: int) -> int:
        while root[at] != at:
            root[at] = at = root[root[at]]
        return at

    for one, other in links:
        low, high = sorted((find(one), find(other)))
        root[high] = low
    found: dict[int, list[int]] = {}
    for at in range(size):
        found.setdefault(find(at), []).append(at)
    return list(found.values())


def _merged(members: list[int], odds: Callable[[int, int], float]) -> list[list[int]]:
    count = len(members)
    sums = np.full((count, count), -np.inf)
    for i in range(count):
        for j in range(i + 1, count):
            sums[i, j] = sums[j, i] = odds(members[i], members[j])
    sizes = np.ones(count)
    groups = [[member] for member in members]
    while count > 1:
        mean = sums / np.outer(sizes, sizes)
        one, other = sorted(divmod(int(np.argmax(mean)), count))
        if mean[one, other] <= 0:
            break
        sums[one] += sums[other]
        sums[:, one] = sums[one]
        sums[one, one] = -np.inf
        sums[other], sums[:, other] = -np.inf, -np.inf
        sizes[one] += sizes[other]
        groups[one] += groups[other]
        groups[other] = []
    return [sorted(group) for group in groups if group]
