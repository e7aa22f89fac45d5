"""The page with the smallest segment that fits, against a sorted list."""

import hypothesis.strategies as st
from hypothesis import given

from wasidb_guest.tables.best_fit import BestFit

SIZES = st.sampled_from([32, 64, 96, 512, 65_535])


def test_nothing_fits_nothing() -> None:
    segments = BestFit()
    assert segments.find(1) is None
    assert segments.largest() is None


@given(st.lists(st.tuples(st.booleans(), SIZES, st.integers(0, 8)), max_size=300))
def test_agrees_with_a_sorted_list(script: list[tuple[bool, int, int]]) -> None:
    segments = BestFit()
    truth: list[tuple[int, int]] = []
    for is_removal, size, page in script:
        if not is_removal:
            if (size, page) not in truth:
                segments.enter(size, page)
            truth.append((size, page))
        elif (size, page) in truth:
            truth.remove((size, page))
            if (size, page) not in truth:
                segments.strike(size, page)
        truth.sort()
        for wanted in (1, 33, 64, 65_535):
            assert segments.find(wanted) == next(
                (each for each in truth if each[0] >= wanted), None
            )
        largest = truth[-1][0] if truth else 0
        lowest = next((each for each in truth if each[0] == largest), None)
        assert segments.largest() == lowest
