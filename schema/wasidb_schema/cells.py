"""Values as JSON cells, the form in which rows cross the contract (interface `rows` of the WIT).

    integers, finite floats   number              date, datetime   ISO text
    NaN and infinities        "NaN", "Infinity"   uuid             8-4-4-4-12 text
    decimal                   plain notation      blob, custom     base64
    boolean, text             as they are         json             a string that holds JSON text
    NULL                      null                member of enum   base64, see `enums`

Text is accepted for any type that has a text form and passed on; the engine judges it. Whatever
cannot be written here raises ValueError or TypeError, whoever knows the column says where.
"""

import base64
import json
import math
from collections.abc import Callable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

Cell = int | float | bool | str | None

DECIMAL_PLACES_MAX = 1_000
"""Far more than the engine takes, and not yet a text that fills the memory."""


def decimal_cell(value: Decimal | int) -> str:
    if isinstance(value, int):
        return str(value)
    if not isinstance(value, Decimal):
        raise TypeError("expected a Decimal or an int")
    if not value.is_finite():
        raise ValueError("not a finite number")
    if abs(value.adjusted()) > DECIMAL_PLACES_MAX:
        raise ValueError("it has too many digits")
    return f"{value:f}"


def float_cell(value: float) -> float | str:
    if math.isfinite(value):
        return value
    return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"


def date_cell(value: date) -> str:
    if isinstance(value, datetime) or not isinstance(value, date):
        raise TypeError("expected a date without a time")
    return value.isoformat()


def datetime_cell(value: datetime) -> str:
    if not isinstance(value, datetime):
        raise TypeError("expected a datetime")
    if value.tzinfo is None:
        raise ValueError("it has no time zone; give it one, e.g. tzinfo=UTC")
    if getattr(value, "nanosecond", 0):  # which a Timestamp of pandas has
        raise ValueError("it has nanoseconds; round it to microseconds")
    return value.isoformat(timespec="microseconds")


def uuid_cell(value: UUID) -> str:
    if not isinstance(value, UUID):
        raise TypeError("expected a UUID")
    return str(value)


def blob_cell(value: bytes) -> str:
    return base64.b64encode(value).decode()


def json_cell(value: Any) -> str:
    try:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    except RecursionError:
        raise ValueError("it is nested too deep") from None


class Codec(NamedTuple):
    """How the values of a column are written and read.

    `type_name` is the column's type, `name` what messages call it. Where there is no `encode` the
    values are JSON already, where there is no `decode` the cells are values. `binary` gives the
    bytes of values that are not bytes themselves, but are bytes to the engine.
    """

    type_name: str
    name: str
    encode: Callable[[Any], Cell] | None = None
    decode: Callable[[Any], Any] | None = None
    binary: Callable[[Any], bytes] | None = None


PLAIN = (
    "int8",
    "int16",
    "int32",
    "int64",
    "uint8",
    "uint16",
    "uint32",
    "uint64",
    "boolean",
    "text",
)

CODECS: dict[str, Codec] = {
    **{name: Codec(name, name) for name in PLAIN},
    "decimal": Codec("decimal", "decimal", decimal_cell, Decimal),
    "float32": Codec("float32", "float32", float_cell, float),
    "float64": Codec("float64", "float64", float_cell, float),
    "date": Codec("date", "date", date_cell, date.fromisoformat),
    "datetime": Codec("datetime", "datetime", datetime_cell, datetime.fromisoformat),
    "uuid": Codec("uuid", "uuid", uuid_cell, UUID),
    "blob": Codec("blob", "blob", blob_cell, base64.b64decode),
    "custom": Codec("custom", "custom", blob_cell, base64.b64decode),
    "json": Codec("json", "json", json_cell, json.loads),
}
"""How each type is written and read, but for enums, which have codecs of their own."""

TEXT_FORMS = frozenset({"decimal", "float32", "float64", "date", "datetime", "uuid"})


def encode_cell(codec: Codec, value: Any, *, nullable: bool = True) -> Cell:
    """The cell of one value. None is NULL, except in a json column that is not nullable."""
    if value is None and (nullable or codec.type_name != "json"):
        return None
    encode = codec.encode
    if encode is None or (isinstance(value, str) and codec.type_name in TEXT_FORMS):
        return value  # type: ignore[no-any-return]
    return encode(value)


def encode_column(codec: Codec, values: list[Any], *, nullable: bool = True) -> list[Cell]:
    """The cells of a column."""
    if codec.encode is None:
        return values
    return [encode_cell(codec, value, nullable=nullable) for value in values]


def decode_column(codec: Codec, cells: Sequence[Any]) -> Sequence[Any]:
    """The values of a column's cells."""
    decode = codec.decode
    if decode is None:
        return cells
    if None not in cells:
        return list(map(decode, cells))
    return [None if cell is None else decode(cell) for cell in cells]
