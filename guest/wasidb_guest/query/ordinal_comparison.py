"""Columns of types that have ordinals against one of these.

    quantity > 17      outcomes (0, 0, 1)      range (18, 65535), as quantity is uint16
    quantity <> 17     outcomes (1, 0, 1)      none

A column of large integers that is compared a second time, because it is kept from one scan to the
next, remembers a sketch of them. Comparisons that are true for a range of integers then find their
rows by it (see `sketches`), without a mask, and read a fraction of the memory."""

from dataclasses import dataclass
from typing import TypeAlias

from wasidb_guest.query import masks, sketches
from wasidb_guest.query.comparable import integers_of
from wasidb_guest.values import INTEGER_RANGES, DataType
from wasidb_guest.vectors import Sketch, Vector

Outcomes: TypeAlias = tuple[int, int, int]
"""What a comparison gives where the cell is less than, equal to and greater than the constant."""

Range: TypeAlias = tuple[int, int]
"""The lowest integer and the highest one."""

SKETCHED_WIDTH = 4
"""Integers that are narrower are compared as they are."""

COMPARED_ONCE = Sketch(0, 0, 0, bytearray(), memoryview(b""))
"""Stands for a sketch until it is worth to make one."""


@dataclass(frozen=True, slots=True)
class OrdinalComparison:
    """A test of a column; it is true for a `range` of integers, unless that is None."""

    key: int
    outcomes: Outcomes
    range: Range | None

    def __call__(self, vector: Vector, mask: bytearray) -> None:
        masks.compare_ordinals(integers_of(vector), self.key, *self.outcomes, mask)

    def true_rows(self, vector: Vector, rows: memoryview) -> int | None:
        """Write the numbers of the rows for which it is true into `rows`; how many there are, or
        None if only the mask can tell."""
        if self.range is None or vector.validity is not None or vector.count == 0:
            return None
        if vector.sketch is None:
            vector.sketch = COMPARED_ONCE
            return None
        if vector.sketch is COMPARED_ONCE:
            vector.sketch = _sketch_of(vector)
        sketch = vector.sketch
        low, high = max(self.range[0], sketch.lowest), min(self.range[1], sketch.highest)
        if low > high:
            return 0
        return sketches.rows_within(
            sketch.integers, sketch.codes, sketch.lowest, sketch.shift, low, high, rows
        )


def ordinal_comparison(data_type: DataType, key: int, outcomes: Outcomes) -> OrdinalComparison:
    """The test of a column of this type against an ordinal; outcomes are 0 and 1."""
    return OrdinalComparison(key, outcomes, _range_of(data_type, key, outcomes))


def _range_of(data_type: DataType, key: int, outcomes: Outcomes) -> Range | None:
    less, equal, greater = outcomes
    if not data_type.is_integer or data_type.width < SKETCHED_WIDTH or (less and greater):
        return None
    lowest, highest = INTEGER_RANGES[data_type.name]
    return (
        lowest if less else key if equal else key + 1,
        highest if greater else key if equal else key - 1,
    )


def _sketch_of(vector: Vector) -> Sketch:
    values = integers_of(vector)
    lowest, highest = sketches.extremes(values)
    shift = max((highest - lowest).bit_length() - sketches.CODE_BITS, 0)
    codes = bytearray(sketches.CODE_SIZE * vector.count)
    sketches.put_codes(values, lowest, shift, codes)
    return Sketch(lowest, highest, shift, codes, values)
