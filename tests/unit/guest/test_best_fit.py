"""The smallest segment that fits, against a sorted list."""

import hypothesis.strategies as st
from hypothesis import given

from wasidb_guest.tables.best_fit import BestFit

SIZES = st.sampled_from([32, 64, 96, 512, 65_535])


def test_nothing_fits_nothing() -> None:
    segments = BestFit()
    assert segments.find(1) is None
    assert segments.largest() == (0, 0)


@given(st.lists(st.tuples(st.integers(0, 30), SIZES), max_size=300))
def test_agrees_with_a_sorted_list(script: list[tuple[int, int]]) -> None:
    """An address that is there already is taken out; what remains in a heap does no harm."""
    segments = BestFit()
    truth: dict[int, int] = {}
    for start, size in script:
        if start in truth:
            assert segments.remove(start) == truth.pop(start)
        else:
            segments.add(start, size)
            truth[start] = size
        by_size = sorted((size, start) for start, size in truth.items())
        assert len(segments) == len(truth)
        for wanted in (1, 33, 64, 65_535):
            fitting = [(start, size) for size, start in by_size if size >= wanted]
            assert segments.find(wanted) == (fitting[0] if fitting else None)
        largest = max(truth.values(), default=0)
        lowest = min((start for start in truth if truth[start] == largest), default=0)
        assert segments.largest() == (lowest, largest)
