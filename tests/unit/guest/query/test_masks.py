"""Values to masks, and masks to the numbers of their rows."""

from array import array

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wasidb_guest.query.masks import compare_ordinals, true_rows


@given(st.lists(st.sampled_from([b"\0", b"\1", b"\2", bytes(8), bytes(7) + b"\2"])))
def test_rows_that_are_true(parts: list[bytes]) -> None:
    mask = b"".join(parts)
    rows = memoryview(array("I", bytes(4 * len(mask))))
    expected = [row for row, outcome in enumerate(mask) if outcome == 1]
    assert rows[: true_rows(mask, len(mask), rows)].tolist() == expected


@pytest.mark.parametrize("width", "bhiqBHIQ")
@given(st.lists(st.integers(0, 4)), st.integers(0, 4), st.permutations((0, 1, 2)))
def test_outcomes_of_comparisons(
    width: str, values: list[int], constant: int, outcomes: tuple[int, int, int]
) -> None:
    if width.islower():
        values, constant = [each - 2 for each in values], constant - 2
    mask = bytearray(len(values))
    compare_ordinals(memoryview(array(width, values)), constant, *outcomes, mask)
    assert list(mask) == [outcomes[(each > constant) - (each < constant) + 1] for each in values]


def test_every_row_of_a_mask_needs_a_value() -> None:
    with pytest.raises(IndexError):
        compare_ordinals(memoryview(array("q", [1])), 1, 0, 1, 0, bytearray(2))
