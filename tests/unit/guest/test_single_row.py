"""What is made of a row that is alone is what the kernels for many make of it among others."""

from array import array
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wasidb_guest.encoding.cell_vectors import concat, take, vector_from_cells, vector_to_cells
from wasidb_guest.encoding.record_writer import NewRecords
from wasidb_guest.encoding.single_row import (
    Cells,
    cell_of,
    cells_at,
    column_of,
    record_of,
    size_of,
)
from wasidb_guest.errors import LimitExceeded
from wasidb_guest.indexes.run import KeyLayout, int32s
from wasidb_guest.pages.layout import KEY_SIZE_MAX, PAGE_SIZE
from wasidb_guest.values import BLOB, INT8, TEXT, UINT32, DataType
from wasidb_guest.vectors import Vector

from .cell_strategies import TYPES, cells_of


def vector_of(type_: DataType, *cells: Any) -> Vector:
    return vector_from_cells(type_, cells, table="t", column="c", nullable=True)


@st.composite
def rows(draw: st.DrawFn) -> list[Vector]:
    """Columns of one row, of which some are cut out of longer ones."""
    vectors = []
    for type_ in draw(st.lists(st.sampled_from(TYPES), min_size=1, max_size=5)):
        cell = draw(st.none() | cells_of(type_))
        vector = vector_of(type_, cell)
        if draw(st.booleans()):
            vector = take(concat([vector, vector]), memoryview(array("I", [1])))
        vectors.append(vector)
    return vectors


def record_among_others(vectors: list[Vector], nullable: bytes) -> bytes:
    twice = [concat([vector, vector]) for vector in vectors]
    records = NewRecords(twice, nullable, int32s(3), int32s(2))
    return bytes(records.stored()[: records.starts[1]])


def cells_in(vectors: list[Vector]) -> Cells:
    return list(map(cell_of, vectors))


def widths_of(vectors: list[Vector]) -> bytes:
    return bytes([vector.type.width for vector in vectors])


@given(rows())
def test_records(vectors: list[Vector]) -> None:
    nullable = bytes([vector.validity is not None for vector in vectors])
    every = bytes([True] * len(vectors))
    cells, widths = cells_in(vectors), widths_of(vectors)
    assert record_of(cells, widths, every) == record_among_others(vectors, every)
    assert record_of(cells, widths, nullable) == record_among_others(vectors, nullable)


@given(rows())
def test_keys(vectors: list[Vector]) -> None:
    layout = KeyLayout([vector.type for vector in vectors])
    among_others = layout.run([concat([vector, vector]) for vector in vectors])
    assert layout.run(vectors).entry(0) == among_others.entry(0)


@given(rows(), st.integers(0, 9))
def test_cells_and_columns(vectors: list[Vector], offset: int) -> None:
    nullable, cells, widths = bytes([True] * len(vectors)), cells_in(vectors), widths_of(vectors)
    page = bytearray(offset) + record_of(cells, widths, nullable) + b"\xff"
    assert cells_at(page, offset, widths, nullable) == cells
    assert size_of(cells) == sum(len(cell) for cell in cells if cell is not None)
    columns = [column_of(cell, each.type) for cell, each in zip(cells, vectors, strict=True)]
    made, given = (list(map(vector_to_cells, each)) for each in (columns, vectors))
    assert repr(made) == repr(given)  # a NaN equals nothing
    assert cells_in(columns) == cells


@given(rows())
def test_a_record_that_ends_within_its_columns_has_none(vectors: list[Vector]) -> None:
    nullable, widths = bytes([True] * len(vectors)), widths_of(vectors)
    record = record_of(cells_in(vectors), widths, nullable)
    for size in range(len(record) - 2):
        page = size.to_bytes(2, "little") + record[2 : 2 + size]
        assert cells_at(bytearray(page), 0, widths, nullable) is None
        assert cells_at(record[: size + 2], 0, widths, nullable) is None
    assert cells_at(record, len(record) - 1, widths, nullable) is None
    assert cells_at(bytearray(PAGE_SIZE), 32, widths, nullable) is None


@pytest.mark.parametrize(
    "vector",
    [
        Vector(UINT32, 1, bytes(3)),
        Vector(TEXT, 1, b"abcd", memoryview(array("i", (0, 5)))),
        Vector(TEXT, 1, b"abcd", memoryview(array("i", (-1, 2)))),
        Vector(TEXT, 1, b"abcd", memoryview(array("i", (3, 2)))),
    ],
    ids=["too short", "past the end", "before the beginning", "back"],
)
def test_cells_that_lie_outside_of_their_bytes(vector: Vector) -> None:
    with pytest.raises(IndexError):
        cell_of(vector)
    with pytest.raises(IndexError):
        KeyLayout([vector.type]).run([vector])


@pytest.mark.parametrize("size", [KEY_SIZE_MAX, 0xFFFF], ids=["a little", "as long as can be"])
def test_a_key_that_is_too_large(size: int) -> None:
    with pytest.raises(LimitExceeded, match=f"{size + 11} bytes exceeds"):
        KeyLayout([BLOB]).run([vector_of(BLOB, bytes(size))])


def test_keys_that_are_alone_do_not_disturb_one_another() -> None:
    texts, layout = ["ab", "abc", "abd", ""], KeyLayout([TEXT])
    runs = [layout.run([vector_of(TEXT, text)]) for text in texts]
    addresses = [memoryview(array("Q", [place])) for place in range(len(texts))]
    for run, address in zip(runs, addresses, strict=True):
        run.set_addresses(address)
    assert [run.entry(0) for run in runs] == [
        KeyLayout([TEXT]).run([vector_of(TEXT, text)], address).entry(0)
        for text, address in zip(texts, addresses, strict=True)
    ]


def test_an_entry_that_is_written_down() -> None:
    run = KeyLayout([INT8, TEXT, UINT32]).run(
        [vector_of(INT8, -1), vector_of(TEXT, "ab"), vector_of(UINT32, None)]
    )
    run.set_addresses(memoryview(array("Q", [0x0908_0706_0504])))
    assert run.entry(0).hex(" ") == (
        "18 00 03 00 00 00 02 00 00 00 05 ff 05 00 00 00 0b 02 00 61 62 01 00 00 00 0a "
        "06 07 08 09 04 05"
    )
