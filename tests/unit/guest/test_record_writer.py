"""Records of new rows: what points outside of its bytes is refused before a record is written,
and the others are the same wherever they are written.
"""

import random
from array import array
from typing import Any

import pytest

from wasidb_guest.encoding.cell_vectors import vector_from_cells
from wasidb_guest.encoding.record_writer import NewRecords
from wasidb_guest.indexes.run import int32s
from wasidb_guest.pages.layout import PAGE_SIZE
from wasidb_guest.tables.record_block import uint64s
from wasidb_guest.values import DATE, INT8, INT64, TEXT, UINT16, UINT32, DataType
from wasidb_guest.vectors import Vector

STRIDE = 32


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


@pytest.mark.parametrize("kind", ["required", "nullable", "null"])
def test_records_on_pages_are_those_that_stand_back_to_back(kind: str) -> None:
    dice, count = random.Random(9), 1_500
    vectors = []
    for type_ in (INT8, UINT16, TEXT, UINT32, INT64, DATE, TEXT):
        cells: list[Any] = [dice.randrange(128) for _ in range(count)]
        if type_ is TEXT:
            cells = ["é" * cell for cell in cells]
        elif type_ is DATE:
            cells = [f"{2000 + cell}-01-31" for cell in cells]
        if kind == "null":
            cells = [None if dice.random() < 0.3 else cell for cell in cells]
        vectors.append(vector_of(type_, cells))
    nullable = bytes([kind != "required"]) * len(vectors)
    records = NewRecords(vectors, nullable, int32s(count + 1), int32s(count))
    pages, addresses, row = list[bytearray](), uint64s(count), 0
    while row < count:
        pages.append(bytearray(PAGE_SIZE))
        row = records.place(pages[-1], STRIDE, STRIDE, row, len(pages) - 1, addresses)
    assert len(pages) > 2
    stored, starts = records.stored(), records.starts
    for i in range(count):
        page, at = pages[addresses[i] >> 16], addresses[i] & 0xFFFF
        record = stored[starts[i] : starts[i + 1]]
        assert at % STRIDE == 0
        assert page[at : at + len(record)] == record
        assert int.from_bytes(record[:2], "little") == len(record) - 2


def test_a_record_does_not_end_with_its_page() -> None:
    records = written(vector_of(TEXT, ["x" * (STRIDE - 4)]), nullable=False)
    page, addresses = bytearray(PAGE_SIZE), uint64s(1)
    assert records.place(page, PAGE_SIZE - STRIDE, STRIDE, 0, 3, addresses) == 0
    assert not any(page)
    assert records.place(page, PAGE_SIZE - 2 * STRIDE, STRIDE, 0, 3, addresses) == 1
    assert addresses[0] == 3 << 16 | PAGE_SIZE - 2 * STRIDE
