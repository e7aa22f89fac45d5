"""Rows as JSON text say what the cells say, from vectors and from records."""

import json
from array import array
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.unit.guest.cell_strategies import PHONE, ROLE, TYPES, cells_of
from wasidb_guest import values
from wasidb_guest.definitions import ColumnDefinition, TableDefinition
from wasidb_guest.encoding.cell_vectors import vector_from_cells
from wasidb_guest.encoding.cells import BadCell, cell_to_json
from wasidb_guest.encoding.json_rows import JsonText, StoredBytes
from wasidb_guest.query.results import batch_to_json, columns_to_json, decoded, slice_of
from wasidb_guest.tables.record_columns import new_records
from wasidb_guest.tables.row_text import record_rows
from wasidb_guest.values import DataType
from wasidb_guest.vectors import Batch, Vector

ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


def vector_of(data_type: DataType, cells: list[Any]) -> Vector:
    return vector_from_cells(data_type, cells, table="t", column="c", nullable=True)


def table_of(*types: DataType) -> TableDefinition:
    columns = [ColumnDefinition(f"c{n}", each, nullable=True) for n, each in enumerate(types)]
    return TableDefinition("t", "c0", 32, tuple(columns), ())


def text_of_records(types: list[DataType], vectors: list[Vector], order: list[int]) -> str:
    """The rows, from records that lie in a page one behind the other."""
    table = table_of(*types)
    new = new_records(table, vectors)
    records, starts = new.stored(), new.starts
    text, page = JsonText(), StoredBytes(records)
    for row in range(vectors[0].count):
        assert record_rows(table, tuple(order)).put(text, page, starts[row]) == 0
    return f"[{decoded(text)}]"


def columns_of(names: list[str], vectors: list[Vector], cut: int) -> Any:
    """The cells column by column, written as the rows before and those from `cut` on."""
    columns, first, last = slice_of(Batch(names, vectors, vectors[0].count))
    answer = columns_to_json(names, [(columns, first, cut), (columns, cut, last)])
    document = json.loads(answer)
    assert answer == ENCODER.encode(document)
    assert document["columns"] == names
    return document["cells"]


@pytest.mark.parametrize("data_type", TYPES, ids=str)
@given(data=st.data())
def test_every_cell(data_type: DataType, data: st.DataObject) -> None:
    cells = data.draw(st.lists(cells_of(data_type) | st.none(), min_size=1, max_size=8))
    numbers = list(range(len(cells)))
    types = [values.UINT32, data_type]
    vectors = [vector_of(values.UINT32, numbers), vector_of(data_type, cells)]
    rows = [[n, cell_to_json(data_type, cell)] for n, cell in zip(numbers, cells, strict=True)]
    answer = batch_to_json(Batch(["n", "c"], vectors, len(cells)))
    assert answer == ENCODER.encode({"columns": ["n", "c"], "rows": rows})
    for cut in {0, 1, len(cells)}:
        assert columns_of(["n", "c"], vectors, cut) == list(map(list, zip(*rows, strict=True)))
    assert text_of_records(types, vectors, [0, 1]) == ENCODER.encode(rows)
    turned = [[cell, cell, n] for n, cell in rows]
    assert text_of_records(types, vectors, [1, 1, 0]) == ENCODER.encode(turned)


@given(st.floats() | st.integers(-(10**12), 10**12).map(lambda number: number / 10_000))
@example(0.1 + 0.2)
@example(-0.0)
@example(999_999_999.999999)
@example(0.001)
@example(0.0009999)
@example(1e9)
@example(1e16)
@example(123_456.7)
def test_floats_are_written_as_python_does(number: float) -> None:
    answer = batch_to_json(Batch(["c"], [vector_of(values.FLOAT64, [number])], 1))
    assert answer == ENCODER.encode(
        {"columns": ["c"], "rows": [[cell_to_json(values.FLOAT64, number)]]}
    )


def test_text_grows_beyond_any_first_guess() -> None:
    texts = ['"\\\x00\n\x0b\x7fé\U0001f600' * 500, "", "a" * 60_000, None]
    vector = vector_of(values.TEXT, texts)
    answer = json.loads(batch_to_json(Batch(["c"], [vector], 4)))
    assert [cell for (cell,) in answer["rows"]] == texts
    assert columns_of(["c"], [vector], 2) == [texts]


PIECES = [*map(chr, range(32)), '"', "\\", "\x7f", "!", "#", "[", "]", "é", "€", "\U0001f600"]
"""What is escaped, its neighbours, and characters of one byte up to four."""


def test_every_character_at_every_place_of_eight() -> None:
    """Texts are written eight bytes at a time, the last ones of a page by themselves."""
    texts = ["a" * front + piece + "b" * 3 for piece in PIECES for front in range(9)]
    texts += [piece * 9 for piece in PIECES] + ["x" * size for size in range(26)]
    rows = [[text] for text in texts]
    written = text_of_records([values.TEXT], [vector_of(values.TEXT, texts)], [0])
    assert written == ENCODER.encode(rows)
    plain = [text for text in texts if json.dumps(text, ensure_ascii=False)[1:-1] == text]
    for some in (texts, plain):
        assert columns_of(["c"], [vector_of(values.TEXT, some)], 100) == [some]
    for text in texts:
        alone = text_of_records([values.TEXT], [vector_of(values.TEXT, [text])], [0])
        assert alone == ENCODER.encode([[text]])


@pytest.mark.parametrize("name", ["int", "uint"])
@pytest.mark.parametrize("width", [8, 16, 32, 64])
def test_integers_of_every_number_of_digits(name: str, width: int) -> None:
    """In records, of which the last one has nothing behind it, and in vectors."""
    low, high = values.INTEGER_RANGES[f"{name}{width}"]
    powers = [10**digits for digits in range(20)]
    near = [low, low + 1, high - 1, high, 0, *powers, *(power - 1 for power in powers)]
    cells = [cell for cell in [*near, *(-cell for cell in near)] if low <= cell <= high]
    data_type = getattr(values, f"{name}{width}".upper())
    vector = vector_of(data_type, cells)
    rows = ENCODER.encode([[cell] for cell in cells])
    assert text_of_records([data_type], [vector], [0]) == rows
    assert batch_to_json(Batch(["c"], [vector], len(cells))) == f'{{"columns":["c"],"rows":{rows}}}'
    assert columns_of(["c"], [vector], 3) == [cells]


@pytest.mark.parametrize(("start", "end"), [(0, 4), (3, 2), (-1, 2)])
def test_text_beyond_its_bytes_is_not_read(start: int, end: int) -> None:
    offsets = memoryview(array("i", [start, end]))
    with pytest.raises(IndexError):
        batch_to_json(Batch(["c"], [Vector(values.TEXT, 1, b"abc", offsets)], 1))


@pytest.mark.parametrize("name", ["int8", "int16", "int32", "int64", "uint8", "uint64"])
def test_columns_of_the_least_and_the_greatest_integers(name: str) -> None:
    low, high = values.INTEGER_RANGES[name]
    cells = [low, high, 0, None, 9, 10, 99, 100]
    vector = vector_of(getattr(values, name.upper()), cells)
    assert columns_of(["c"], [vector], 3) == [cells]


@pytest.mark.parametrize(
    ("types", "cells"),
    [([values.TEXT, values.UINT64], ["abc", 7]), ([ROLE, PHONE], [b"x", b"12"])],
    ids=["built-in", "custom"],
)
def test_damaged_records_are_noticed(types: list[DataType], cells: list[Any]) -> None:
    vectors = [vector_of(each, [cell]) for each, cell in zip(types, cells, strict=True)]
    records = new_records(table_of(*types), vectors).stored()
    rows = record_rows(table_of(*types), (0, 1))
    for size in range(len(records) - 2):
        cut = size.to_bytes(2, "little") + records[2 : 2 + size]
        assert rows.put(JsonText(), StoredBytes(cut), 0) < 0
    assert rows.put(JsonText(), StoredBytes(b"\x00"), 0) == -1
    assert rows.put(JsonText(), StoredBytes(records), len(records)) == -1 - len(records)


def test_text_that_is_no_utf8_is_a_bad_cell() -> None:
    vector = Vector(values.TEXT, 1, b"\xff", memoryview(b"\0\0\0\0\1\0\0\0").cast("i"))
    with pytest.raises(BadCell, match="UTF-8"):
        batch_to_json(Batch(["c"], [vector], 1))
