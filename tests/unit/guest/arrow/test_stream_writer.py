"""Vectors as an Arrow stream: what pyarrow reads of it, and what our own reader makes of it."""

import uuid
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.guest.arrow.streams import read_columns, table_of
from tests.unit.guest.cell_strategies import CELLS, PHONE, ROLE, TYPES, cells_of
from wasidb_guest.encoding.arrow.metadata_writer import ALIGNMENT
from wasidb_guest.encoding.arrow.stream_writer import BATCH_ROWS, ArrowStream
from wasidb_guest.encoding.cell_vectors import vector_from_cells
from wasidb_guest.errors import InvalidValue
from wasidb_guest.query.relations import NESTED
from wasidb_guest.values import (
    BLOB,
    BOOLEAN,
    DATE,
    DATETIME,
    DECIMAL,
    FLOAT32,
    FLOAT64,
    INT8,
    INT32,
    INT64,
    JSON,
    TEXT,
    UINT8,
    UINT64,
    UUID,
    DataType,
)
from wasidb_guest.vectors import Batch, Vector

KEY = "0123abcd-0123-0123-0123-0123456789ab"


def vector_of(data_type: DataType, cells: list[Any]) -> Vector:
    return vector_from_cells(data_type, cells, table="t", column="c", nullable=True)


def stream_of(**columns: Vector) -> bytes:
    count = next(iter(columns.values())).count
    return b"".join(ArrowStream([Batch(list(columns), list(columns.values()), count)]))


def table_in(stream: bytes) -> pa.Table:
    with pa.ipc.open_stream(stream) as reader:
        table = reader.read_all()
    table.validate(full=True)
    return table


def written(data_type: DataType, cells: list[Any]) -> pa.ChunkedArray:
    """A column of these cells as pyarrow reads it."""
    return table_in(stream_of(c=vector_of(data_type, cells))).column("c")


def read_back(data_type: DataType, cells: list[Any]) -> list[Any]:
    """The cells of a column that was written and read by the engine."""
    stream = stream_of(c=vector_of(data_type, cells))
    return read_columns(stream, table_of(c=data_type)).get("c", [])


VALUES: list[tuple[DataType, pa.DataType, list[Any], list[Any]]] = [
    (INT8, pa.int8(), [-128, None, 127], [-128, None, 127]),
    (INT64, pa.int64(), [-(2**63), None, 2**63 - 1], [-(2**63), None, 2**63 - 1]),
    (UINT64, pa.uint64(), [0, None, 2**64 - 1], [0, None, 2**64 - 1]),
    (FLOAT32, pa.float32(), [0.5, None, "Infinity"], [0.5, None, float("inf")]),
    (FLOAT64, pa.float64(), [0.1, None, -1e300], [0.1, None, -1e300]),
    (BOOLEAN, pa.bool_(), [True, None, False], [True, None, False]),
    (TEXT, pa.utf8(), ["", None, "héllo"], ["", None, "héllo"]),
    (JSON, pa.json_(), ["[1]", None, "{}"], ["[1]", None, "{}"]),
    (NESTED, pa.json_(), ["[1]", None, "{}"], ["[1]", None, "{}"]),
    (BLOB, pa.binary(), [b"\xff", None, b""], [b"\xff", None, b""]),
    (PHONE, pa.binary(), [b"\xff", None, b""], [b"\xff", None, b""]),
    (ROLE, pa.binary(1), [b"\xff", None, b"\0"], [b"\xff", None, b"\0"]),
    (UUID, pa.uuid(), [KEY, None, KEY], [uuid.UUID(KEY), None, uuid.UUID(KEY)]),
    (DATE, pa.date32(), ["2024-02-29", None, "0001-01-01"],
     [date(2024, 2, 29), None, date(1, 1, 1)]),
    (DATETIME, pa.timestamp("us", "UTC"), ["1969-12-31T23:59:59.000001+00:00", None],
     [datetime(1969, 12, 31, 23, 59, 59, 1, UTC), None]),
    (DECIMAL, pa.decimal128(38, 2), ["1.50", None, "-0.25"],
     [Decimal("1.50"), None, Decimal("-0.25")]),
]  # fmt: skip


def as_text(data_type: DataType, cells: list[Any]) -> Vector:
    """NESTED is a type of results alone, which no cell is encoded for."""
    vector = vector_of(TEXT if data_type is NESTED else data_type, cells)
    return Vector(data_type, vector.count, vector.data, vector.offsets, vector.validity)


@pytest.mark.parametrize(("data_type", "stored", "cells", "values"), VALUES, ids=str)
def test_every_type(data_type, stored, cells, values):
    column = table_in(stream_of(c=as_text(data_type, cells))).column("c")
    assert column.type == stored
    assert column.to_pylist() == values
    assert column.null_count == 1


@pytest.mark.parametrize(("data_type", "stored", "cells", "values"), VALUES, ids=str)
def test_no_rows_have_a_schema(data_type, stored, cells, values):
    table = table_in(stream_of(c=as_text(data_type, [])))
    expected = pa.decimal128(38, 0) if data_type is DECIMAL else stored
    assert table.schema == pa.schema([("c", expected)])
    assert table.num_rows == 0


@pytest.mark.parametrize(("data_type", "stored", "cells", "values"), VALUES, ids=str)
def test_nothing_but_nulls(data_type, stored, cells, values):
    column = table_in(stream_of(c=as_text(data_type, [None] * 9))).column("c")
    assert column.to_pylist() == [None] * 9


ALIKE = {
    "datetime": st.builds(
        lambda cells, zone: [cell and cell[:-6] + zone for cell in cells],
        st.lists(CELLS["datetime"] | st.none(), max_size=20),
        CELLS["datetime"].map(lambda cell: cell[-6:].replace("-00:00", "+00:00")),
    ),
    "decimal": st.integers(0, 28).flatmap(
        lambda scale: st.lists(
            st.none()
            | st.integers(-(2**96) + 1, 2**96 - 1).map(
                lambda number: f"{Decimal((number < 0, digits(number), -scale)):f}"
            ),
            max_size=20,
        )
    ),
}
"""Columns of one zone and of one scale."""


def digits(number: int) -> tuple[int, ...]:
    return tuple(map(int, str(abs(number))))


@pytest.mark.parametrize("data_type", TYPES, ids=str)
@given(data=st.data())
def test_what_was_written_is_read_back(data_type, data):
    mixed = st.lists(cells_of(data_type) | st.none(), max_size=20)
    cells = data.draw(ALIKE.get(data_type.name, mixed))
    assert repr(read_back(data_type, cells)) == repr(cells)


# In UTC, too, the years must be those of Python.
MOMENTS = CELLS["datetime"].filter(lambda cell: "0002" <= cell[:4] <= "9998")


@given(st.lists(MOMENTS | st.none(), max_size=20))
def test_instants_survive_whatever_the_offsets(cells):
    read = read_back(DATETIME, cells)
    assert list(map(instant, read)) == list(map(instant, cells))


def instant(cell: str | None) -> datetime | None:
    return cell and datetime.fromisoformat(cell).astimezone(UTC)


@pytest.mark.parametrize(
    ("offsets", "zone"),
    [
        (["+02:00", "+02:00"], "+02:00"),
        (["-01:30"], "-01:30"),
        (["+00:00"], "UTC"),
        (["+02:00", "+01:00"], "UTC"),
        (["+00:00", "+01:00"], "UTC"),
    ],
)
def test_the_zone_is_the_offset_that_all_share(offsets, zone):
    column = written(DATETIME, [None, *[f"2024-01-01T12:00{offset}" for offset in offsets]])
    assert column.type == pa.timestamp("us", zone)


def test_offsets_that_are_no_zone_become_utc():
    vector = vector_of(DATETIME, ["2024-01-02T00:00+00:00"])
    vector.data[11:13] = (1440).to_bytes(2, "little")
    column = table_in(stream_of(c=vector)).column("c")
    assert column.to_pylist() == [datetime(2024, 1, 1, tzinfo=UTC)]


def test_a_zone_of_an_offset_reads_as_local_time():
    (moment,) = written(DATETIME, ["2024-01-01T12:00-01:30"]).to_pylist()
    assert moment == datetime(2024, 1, 1, 12, tzinfo=timezone(-timedelta(minutes=90)))


@pytest.mark.parametrize(
    ("cells", "scale"),
    [
        (["1", "2.50", "0.125"], 3),
        (["1.000", "2.000"], 3),
        ([f"0.{'0' * 27}1", "1"], 28),
        ([f"0.{'0' * 27}1", "9999999999"], 28),
        ([f"1.{'0' * 28}", "10000000000"], 0),
        ([f"1.5{'0' * 27}", "10000000000"], 1),
    ],
)
def test_the_scale_is_the_largest_one_there_is_room_for(cells, scale):
    column = written(DECIMAL, cells)
    assert column.type == pa.decimal128(38, scale)
    assert column.to_pylist() == list(map(Decimal, cells))


def test_decimals_for_which_38_digits_have_no_room_have_76():
    cells = [f"0.{'0' * 27}1", None, "10000000000", f"-{2**96 - 1}"]
    column = written(DECIMAL, cells)
    assert column.type == pa.decimal256(76, 28)
    assert column.to_pylist() == [None if cell is None else Decimal(cell) for cell in cells]
    assert read_back(DECIMAL, cells) == [
        cells[0], None, f"10000000000.{'0' * 18}", cells[3]
    ]  # fmt: skip


def test_a_scale_that_only_another_engine_writes_is_rounded_as_it_reads():
    vector = vector_of(DECIMAL, [f"1.{'0' * 27}5", "2"])
    vector.data[2] = 29
    column = table_in(stream_of(c=vector)).column("c")
    assert column.to_pylist() == [Decimal(f"0.1{'0' * 26}1"), Decimal(2)]


def damaged(data_type: DataType, change: Callable[[bytearray], None], row: int) -> Vector:
    """A column in which the cell of a row is not what its type says."""
    good: dict[str, Any] = {"date": "2024-01-01", "datetime": "2024-01-01T00:00", "text": "abc"}
    vector = vector_of(data_type, [good[data_type.name], None] * BATCH_ROWS)
    data = bytearray(vector.data)
    width = data_type.width or 3
    at = row * width if data_type.is_fixed else row // 2 * width
    cell = data[at : at + width]
    change(cell)
    data[at : at + width] = cell
    return Vector(data_type, vector.count, data, vector.offsets, vector.validity)


def no_month(cell: bytearray) -> None:
    cell[2] = 13


def no_text(cell: bytearray) -> None:
    cell[1] = 0xFF


@pytest.mark.parametrize(
    ("data_type", "change", "shown"),
    [
        (DATE, no_month, "'2024-13-01' is not a calendar date"),
        (DATETIME, no_month, r"'2024-13-01T00:00:00\.000000\+00:00' is not a date and time"),
        (TEXT, no_text, r"b'a\\xffc' is not UTF-8 text"),
    ],
    ids=["date", "datetime", "text"],
)
@pytest.mark.parametrize("row", [0, BATCH_ROWS + 2])
def test_cells_that_arrow_has_no_value_for(data_type, change, shown, row):
    with pytest.raises(InvalidValue, match=rf"^c \(row {row}\): {shown}") as caught:
        stream_of(c=damaged(data_type, change, row))
    assert (caught.value.details["column"], caught.value.details["row"]) == ("c", row)


def test_a_character_split_between_cells_is_no_text():
    vector = vector_of(BLOB, [b"a\xc3", b"\xa9"])
    with pytest.raises(InvalidValue, match=r"row 0.* UTF-8"):
        stream_of(c=Vector(TEXT, 2, vector.data, vector.offsets))


def test_many_rows_are_several_batches():
    count = 2 * BATCH_ROWS + 3
    numbers = [None if row % 3 == 0 else row for row in range(count)]
    texts = [number and str(number) for number in numbers]
    stream = stream_of(
        i=vector_of(INT32, numbers),
        t=vector_of(TEXT, texts),
        b=vector_of(BOOLEAN, [number and number % 2 == 0 for number in numbers]),
        d=vector_of(DECIMAL, texts),
        u=vector_of(UINT8, [0] * (count - 1) + [None]),
    )
    table = table_in(stream)
    assert [batch.num_rows for batch in table.to_batches()] == [BATCH_ROWS, BATCH_ROWS, 3]
    assert table.column("i").to_pylist() == numbers
    assert table.column("t").to_pylist() == texts
    assert table.column("d").to_pylist() == [text and Decimal(text) for text in texts]
    assert table.column("u").null_count == 1
    definition = table_of(i=INT32, t=TEXT, b=BOOLEAN, d=DECIMAL, u=UINT8)
    assert read_columns(stream, definition)["t"] == texts


def test_buffers_lie_where_they_can_be_computed_on():
    cells = [None, 1, 2]
    stream = stream_of(a=vector_of(INT8, cells), t=vector_of(TEXT, ["x", None, "yz"]))
    data = pa.py_buffer(bytearray(stream))
    with pa.ipc.open_stream(data) as reader:
        columns = reader.read_all().columns
    buffers = [buffer for column in columns for buffer in column.chunk(0).buffers() if buffer]
    assert len(buffers) == 5
    assert {(buffer.address - data.address) % ALIGNMENT for buffer in buffers} == {0}


def test_without_null_there_is_no_bitmap():
    (chunk,) = written(INT8, [1, 2]).chunks
    assert chunk.buffers()[0] is None


def test_names_of_any_characters():
    stream = stream_of(**{"": vector_of(INT8, [1]), "größe": vector_of(INT8, [2])})
    assert table_in(stream).to_pylist() == [{"": 1, "größe": 2}]


def test_columns_of_one_name():
    ones = vector_of(INT8, [1])
    stream = b"".join(ArrowStream([Batch(["c", "c"], [ones, ones], 1)]))
    assert table_in(stream).column_names == ["c", "c"]


def test_batches_of_one_layout_have_numbers_of_their_own():
    cells = [[None, 1, 2], [3], [None] * 9, [4, None]]
    names = [["a", None, "bcd"], ["e" * 100], [""] * 9, [None, None]]
    pairs = zip(map(vector_of, [INT8] * 4, cells), map(vector_of, [TEXT] * 4, names), strict=True)
    batches = [Batch(["cell", "name"], list(pair), pair[0].count) for pair in pairs]
    table = table_in(b"".join(ArrowStream(batches)))
    assert table.column("cell").to_pylist() == [each for batch in cells for each in batch]
    assert table.column("name").to_pylist() == [each for batch in names for each in batch]
    assert [chunk.null_count for chunk in table.column("cell").chunks] == [1, 0, 9, 1]
