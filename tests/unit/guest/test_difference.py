"""Changed ranges of a page: together they hold every change, and are never closer than promised."""

from itertools import pairwise

import hypothesis.strategies as st
from hypothesis import given

from wasidb_guest.pages.difference import find_differences
from wasidb_guest.pages.layout import GAP_WORDS

WORDS = 256


def differences(before: bytes, after: bytes) -> list[tuple[int, int]]:
    ranges = memoryview(bytearray(8 * (WORDS // GAP_WORDS + 1))).cast("i")
    count = find_differences(
        memoryview(before).cast("Q"), memoryview(after).cast("Q"), 0, WORDS, ranges
    )
    return list(zip(ranges[: 2 * count : 2], ranges[1 : 2 * count : 2], strict=True))


def test_equal_pages() -> None:
    assert differences(bytes(8 * WORDS), bytes(8 * WORDS)) == []


def test_first_and_last_word() -> None:
    after = bytearray(8 * WORDS)
    after[0] = after[-1] = 1
    assert differences(bytes(8 * WORDS), bytes(after)) == [(0, 1), (WORDS - 1, WORDS)]


@given(st.sets(st.integers(0, 8 * WORDS - 1)))
def test_ranges_hold_every_change(changed: set[int]) -> None:
    after = bytearray(8 * WORDS)
    for at in changed:
        after[at] = 1
    found = differences(bytes(8 * WORDS), bytes(after))
    covered = {at for start, end in found for at in range(8 * start, 8 * end)}
    assert changed <= covered
    assert all({8 * start, 8 * end - 8} <= {at // 8 * 8 for at in changed} for start, end in found)
    assert all(following - end > GAP_WORDS for (_, end), (following, _) in pairwise(found))
