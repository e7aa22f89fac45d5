"""Records are the same wherever they are written, and what is no vector makes none."""

import random
from array import array
from typing import Any
from uuid import UUID as UUIDValue

import pytest

from wasidb_guest.encoding.cell_vectors import vector_from_cells
from wasidb_guest.encoding.record_writer import NewRecords
from wasidb_guest.indexes.run import int32s
from wasidb_guest.pages.layout import PAGE_SIZE
from wasidb_guest.tables.record_block import uint64s
from wasidb_guest.values import INT8, INT64, TEXT, UINT16, UINT32, UUID, DataType
from wasidb_guest.vectors import Vector

COUNT = 1_031  # which are encoded in three parts
STRIDE = 32


def cells_of(data_type: DataType, dice: random.Random) -> list[Any]:
    if data_type is TEXT:
        return ["é" * dice.randrange(60) for _ in range(COUNT)]
    if data_type is UUID:
        return [str(UUIDValue(bytes=dice.randbytes(16))) for _ in range(COUNT)]
    return [dice.randrange(1 << 7) for _ in range(COUNT)]


def records_of(vectors: list[Vector], nullable: bytes) -> NewRecords:
    count = vectors[0].count
    return NewRecords(vectors, nullable, int32s(count + 1), int32s(count))


@pytest.mark.parametrize("kind", ["required", "nullable", "null"])
def test_records_on_pages_are_those_that_stand_back_to_back(kind: str) -> None:
    dice = random.Random(9)
    types = [INT8, UINT16, TEXT, UINT32, INT64, UUID, TEXT]
    vectors = []
    for data_type in types:
        cells = cells_of(data_type, dice)
        if kind == "null":
            cells = [None if dice.random() < 0.3 else cell for cell in cells]
        vectors.append(vector_from_cells(data_type, cells, table="t", column="c", nullable=True))
    nullable = bytes([kind != "required"]) * len(types)
    records, addresses = records_of(vectors, nullable), uint64s(COUNT)
    pages: list[bytearray] = []
    row = 0
    while row < COUNT:
        pages.append(bytearray(PAGE_SIZE))
        row = records.place(pages[-1], STRIDE, STRIDE, row, len(pages) - 1, addresses)
    assert len(pages) > 2
    stored, starts = records.stored(), records.starts
    assert stored == records_of(vectors, nullable).stored()
    for i in range(COUNT):
        page, at = pages[addresses[i] >> 16], addresses[i] & 0xFFFF
        record = stored[starts[i] : starts[i + 1]]
        assert at % STRIDE == 0
        assert page[at : at + len(record)] == record
        assert int.from_bytes(record[:2], "little") == len(record) - 2
    assert records.longest == max(starts[i + 1] - starts[i] for i in range(COUNT)) - 2


def test_a_record_does_not_end_with_its_page() -> None:
    vector = vector_from_cells(TEXT, ["x" * 28], table="t", column="c", nullable=False)
    records, page, addresses = records_of([vector], bytes(1)), bytearray(PAGE_SIZE), uint64s(1)
    assert records.place(page, PAGE_SIZE - STRIDE, STRIDE, 0, 3, addresses) == 0
    assert not any(page)
    assert records.place(page, PAGE_SIZE - 2 * STRIDE, STRIDE, 0, 3, addresses) == 1
    assert addresses[0] == 3 << 16 | PAGE_SIZE - 2 * STRIDE


@pytest.mark.parametrize("validity", [None, b"\x03"], ids=["all", "nulls"])
@pytest.mark.parametrize(
    ("data_type", "data", "offsets"),
    [
        (TEXT, b"abcd", [0, 2, 1, 4]),
        (TEXT, b"abcd", [0, 4, 3, 4]),
        (TEXT, b"abcd", [-1, 1, 2, 4]),
        (TEXT, b"abcd", [0, 1, 2, 5]),
        (INT64, bytes(23), None),
    ],
)
def test_cells_outside_of_their_bytes_are_refused(
    data_type: DataType, data: bytes, offsets: list[int] | None, validity: bytes | None
) -> None:
    found = None if offsets is None else memoryview(array("i", offsets))
    with pytest.raises(IndexError):
        records_of([Vector(data_type, 3, data, found, validity)], b"\1")
