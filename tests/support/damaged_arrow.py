"""Arrow IPC streams, and what can happen to them on the way.

    damaged(chance, draw_stream(chance), other)      one to four injuries: bits, bytes and
                                                     integers changed; parts lost, doubled,
                                                     replaced by those of another stream

A stream has up to three batches of TABLE's columns, some dictionary-encoded or in another type that
the table takes. `rows_of` reads a stream with pyarrow, as a second opinion.
"""

import base64
import random
import struct
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pyarrow as pa

TABLE = (
    "t: id uint32 key, a int8 null, b int64 null, c float64 null, d boolean null, e text null, "
    "f blob null, g decimal null, h date null, i datetime null, j uuid null, k json null"
)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
COLUMNS: dict[str, tuple[list[pa.DataType], Callable[[int], Any]]] = {
    "a": ([pa.int8(), pa.int64(), pa.uint8()], lambda n: n),
    "b": ([pa.int64(), pa.uint16(), pa.null()], lambda n: n * 1000),
    "c": ([pa.float64(), pa.float32()], lambda n: n / 4),
    "d": ([pa.bool_()], lambda n: n % 2 == 0),
    "e": ([pa.utf8(), pa.large_utf8(), pa.dictionary(pa.int8(), pa.utf8())], lambda n: "é" * n),
    "f": ([pa.binary(), pa.large_binary(), pa.binary(3)], lambda n: bytes([n] * 3)),
    "g": ([pa.decimal128(10, 2), pa.decimal64(9, 0), pa.decimal256(76, 40)], Decimal),
    "h": ([pa.date32(), pa.date64()], lambda n: date(2024, 2, 25) + timedelta(n)),
    "i": (
        [pa.timestamp("us", "UTC"), pa.timestamp("ms", "+02:00"), pa.timestamp("ns")],
        lambda n: EPOCH + timedelta(n, n),
    ),
    "j": ([pa.binary(16), pa.uuid()], lambda n: bytes([n] * 16)),
    "k": ([pa.json_(), pa.dictionary(pa.uint8(), pa.large_utf8())], lambda n: f"[{n}]"),
}
"""What columns come as, and their nth value."""

EXTREMES = [0, 1, -1, 7, 2**7, 2**15 - 1, 2**31 - 1, -(2**31), 2**63 - 1, -(2**63)]


def draw_stream(chance: random.Random) -> bytes:
    """A whole stream that the table takes."""
    names = chance.sample(sorted(COLUMNS), chance.randint(1, 4))
    types = [chance.choice(COLUMNS[name][0]) for name in names]
    fields = [pa.field("id", pa.uint32()), *map(pa.field, names, types)]
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, pa.schema(fields)) as writer:
        for start in range(0, chance.randint(0, 3) * 10, 10):
            ids = range(start, start + chance.randint(0, 10))
            arrays = [draw_array(chance, field, ids) for field in fields]
            writer.write_batch(pa.record_batch(arrays, schema=pa.schema(fields)))
    stream: bytes = sink.getvalue().to_pybytes()
    return stream


def draw_array(chance: random.Random, field: pa.Field, ids: range) -> Any:
    if field.name == "id":
        return pa.array(ids, field.type)
    value = COLUMNS[field.name][1]
    more = chance.choice([0, 0, 3])  # cells in front, for a slice that does not start its buffers
    cells = [None if chance.random() < 0.2 else value(n % 5) for n in [*range(more), *ids]]
    if pa.types.is_null(field.type):
        cells = [None for _ in cells]
    return pa.array(cells, field.type).slice(more)


def damaged(chance: random.Random, stream: bytes, other: bytes) -> bytes:
    """The stream with one to four injuries."""
    data = bytearray(stream)
    for _ in range(chance.choice([1, 1, 2, 4])):
        chance.choice(INJURIES)(chance, data, other)
    return bytes(data)


def flip_bit(chance: random.Random, data: bytearray, other: bytes) -> None:
    if data:
        data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)


def change_byte(chance: random.Random, data: bytearray, other: bytes) -> None:
    if data:
        data[chance.randrange(len(data))] = chance.randrange(256)


def change_integer(chance: random.Random, data: bytearray, other: bytes) -> None:
    """Put an extreme number, or one near what was there, where an integer may be."""
    size, code = chance.choice([(2, "h"), (4, "i"), (8, "q")])
    if len(data) < size:
        return
    at = chance.randrange(len(data) // size) * size
    (old,) = struct.unpack_from(f"<{code}", data, at)
    number = chance.choice([*EXTREMES, old + 1, old - 1, old * 2])
    data[at : at + size] = (number % (1 << 8 * size)).to_bytes(size, "little")


def lose(chance: random.Random, data: bytearray, other: bytes) -> None:
    start, end = draw_part(chance, len(data))
    del data[start:end]


def cut(chance: random.Random, data: bytearray, other: bytes) -> None:
    del data[chance.randint(0, len(data)) :]


def double(chance: random.Random, data: bytearray, other: bytes) -> None:
    start, end = draw_part(chance, len(data))
    data[start:start] = data[start:end]


def overwrite(chance: random.Random, data: bytearray, other: bytes) -> None:
    """Put a part of another stream, or of this, in the place of as many bytes."""
    source = chance.choice([other, bytes(data)])
    start, end = draw_part(chance, min(len(data), len(source)))
    to = chance.randint(0, len(data) - (end - start)) // 4 * 4
    data[to : to + end - start] = source[start:end]


def draw_part(chance: random.Random, size: int) -> tuple[int, int]:
    """A short part of `size` bytes, mostly at multiples of four."""
    unit = chance.choice([1, 4, 8, 8])
    start = chance.randint(0, size) // unit * unit
    return start, min(size, start + unit * chance.choice([1, 1, 2, 8, 32]))


INJURIES = [flip_bit, change_byte, change_integer, change_integer, lose, cut, double, overwrite]


# A second opinion.


class Unreadable(Exception):
    """pyarrow does not take the stream, or has no Python values for what is in it."""


def rows_of(stream: bytes, types: dict[str, str]) -> list[list[Any]]:
    """The rows for a table with columns of these types, in the values of `value_of_cell`."""
    try:
        with pa.ipc.open_stream(stream) as reader:
            table = reader.read_all()
        table.validate(full=True)
        found = {name: table.column(name).to_pylist() for name in table.column_names}
    except (pa.ArrowException, ValueError, OverflowError, KeyError, OSError) as problem:
        raise Unreadable(str(problem)) from problem
    missing = [None] * table.num_rows
    columns = [map(READ[type], found.get(name, missing)) for name, type in types.items()]
    return [list(row) for row in zip(*columns, strict=True)]


def value_of_cell(type: str, cell: Any) -> Any:
    """What a cell of rows JSON stands for."""
    return None if cell is None else CELL_VALUES[type](cell)


def reader(convert: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda value: None if value is None else convert(value)


def as_moment(value: datetime) -> datetime:
    """A time without zone is taken as UTC."""
    return value if value.tzinfo else value.replace(tzinfo=UTC)


def as_bytes(value: bytes | UUID) -> bytes:
    """UUIDs are that only if an extension type says so."""
    return value.bytes if isinstance(value, UUID) else value


def as_float(value: Any) -> str:
    """A text, for which NaN is equal to itself."""
    return repr(float(value))


def same(value: Any) -> Any:
    return value


INTEGERS = ("int8", "int64", "uint32")
CELL_VALUES: dict[str, Callable[[Any], Any]] = {
    **dict.fromkeys((*INTEGERS, "boolean", "text", "json"), same),
    "float64": as_float,
    "decimal": Decimal,
    "date": date.fromisoformat,
    "datetime": datetime.fromisoformat,
    "blob": base64.b64decode,
    "uuid": lambda cell: UUID(cell).bytes,
}
READ = {type: reader(same) for type in CELL_VALUES} | {
    "float64": reader(as_float),
    "datetime": reader(as_moment),
    "uuid": reader(as_bytes),
}
