"""Masks to the numbers of their rows."""

from array import array

from hypothesis import given
from hypothesis import strategies as st

from wasidb_guest.query.masks import true_rows


@given(st.lists(st.sampled_from([b"\0", b"\1", b"\2", bytes(8), bytes(7) + b"\2"])))
def test_rows_that_are_true(parts: list[bytes]) -> None:
    mask = b"".join(parts)
    rows = memoryview(array("I", bytes(4 * len(mask))))
    expected = [row for row, outcome in enumerate(mask) if outcome == 1]
    assert rows[: true_rows(mask, len(mask), rows)].tolist() == expected
