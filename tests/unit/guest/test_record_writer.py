"""Records of new rows: what points outside of its bytes is refused before a record is written."""

from array import array
from typing import Any

import pytest

from wasidb_guest.encoding.cell_vectors import vector_from_cells
from wasidb_guest.encoding.record_writer import NewRecords
from wasidb_guest.indexes.run import int32s
from wasidb_guest.values import TEXT, UINT32, DataType
from wasidb_guest.vectors import Vector


def vector_of(type_: DataType, cells: list[Any]) -> Vector:
    return vector_from_cells(type_, cells, table="t", column="c", nullable=True)


def written(vector: Vector, *, nullable: bool) -> NewRecords:
    flags = bytes([nullable])
    return NewRecords([vector], flags, int32s(vector.count + 1), int32s(vector.count))


@pytest.mark.parametrize("nullable", [True, False])
@pytest.mark.parametrize(
    "offsets",
    [(0, 3, 2, 4), (0, 1, 2, 5), (-1, 1, 2, 4), (0, 100, 2, 4)],
    ids=["one back", "past the end", "before the beginning", "far and back"],
)
def test_texts_that_lie_outside_of_their_bytes(offsets: tuple[int, ...], nullable: bool) -> None:
    vector = Vector(TEXT, 3, b"abcd", memoryview(array("i", offsets)))
    with pytest.raises(IndexError):
        written(vector, nullable=nullable)


def test_integers_that_lie_outside_of_their_bytes() -> None:
    with pytest.raises(IndexError):
        written(Vector(UINT32, 3, bytes(11)), nullable=False)


def test_a_bitmap_that_is_too_short() -> None:
    with pytest.raises(IndexError):
        written(Vector(UINT32, 9, bytes(36), validity=b"\xff"), nullable=True)


@pytest.mark.parametrize("nullable", [True, False])
def test_records_are_written_some_at_a_time(nullable: bool) -> None:
    texts = ["x" * (number % 7) for number in range(1_100)]
    records = written(vector_of(TEXT, texts), nullable=nullable)
    flag = b"\x01" if nullable else b""
    cells = [flag + len(text).to_bytes(2, "little") + text.encode() for text in texts]
    expected = [len(cell).to_bytes(2, "little") + cell for cell in cells]
    assert records.stored() == b"".join(expected)
    assert records.longest == max(map(len, cells))
    assert list(records.starts) == [
        0,
        *(len(b"".join(expected[: n + 1])) for n in range(len(texts))),
    ]
