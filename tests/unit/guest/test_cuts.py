"""Leaves that a bulk insert has made too large are cut into as few as before, equally full ones."""

from itertools import accumulate, pairwise

import pytest

from wasidb_guest.indexes.cuts import cut_points, even_cuts
from wasidb_guest.pages.layout import LEAF_HEADER, PAGE_SIZE

SIZE = 48_000


def parts(sizes: list[int]) -> list[int]:
    """The bytes between the cuts."""
    offsets = list(accumulate(sizes, initial=LEAF_HEADER.size))
    return [
        offsets[high] - offsets[low] for low, high in pairwise(even_cuts(offsets, len(sizes), SIZE))
    ]


@pytest.mark.parametrize("count", [3_000, 4_571, 4_572, 10_000])
def test_parts_are_equally_large_and_no_more_than_needed(count: int) -> None:
    found = parts([21] * count)
    assert sum(found) == 21 * count
    assert len(found) == -(-21 * count // SIZE)
    assert max(found) - min(found) <= 21


@pytest.mark.parametrize("large", [40_000, 60_000, 65_000])
def test_every_part_fits_a_leaf_and_none_is_empty(large: int) -> None:
    for sizes in ([large] * 3, [10] * 2_000 + [large] * 2 + [10] * 2_000, [large, 10, large]):
        found = parts(sizes)
        assert sum(found) == sum(sizes)
        assert 0 < min(found) <= max(found) <= PAGE_SIZE - LEAF_HEADER.size


def test_entries_that_cannot_be_parted_evenly_are_cut_as_they_fit() -> None:
    offsets = list(accumulate([20_000, 60_000, 20_000], initial=LEAF_HEADER.size))
    assert even_cuts(offsets, 3, SIZE) == cut_points(offsets, 3, SIZE)
