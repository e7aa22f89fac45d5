"""Values as JSON cells, the form in which rows cross the contract (interface `rows` of the WIT).

    integers, finite floats   number              date, datetime   ISO text
    NaN and infinities        "NaN", "Infinity"   uuid             8-4-4-4-12 text
    decimal                   plain notation      blob, custom     base64
    boolean, text             as they are         json             a string that holds JSON text
    NULL                      null

Text is accepted for any type that has a text form and passed on; the engine judges it. Whatever
cannot be written here raises ValueError or TypeError, whoever knows the column says where.
"""

import base64
import json
import math
from collections.abc import Callable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

Cell = int | float | bool | str | None


def decimal_cell(value: Decimal | int) -> str:
    if isinstance(value, int):
        return str(value)
    if not isinstance(value, Decimal):
        raise TypeError("expected a Decimal or an int")
    if not value.is_finite():
        raise ValueError("not a finite number")
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
    return value.isoformat(timespec="microseconds")


def uuid_cell(value: UUID) -> str:
    if not isinstance(value, UUID):
        raise TypeError("expected a UUID")
    return str(value)


def blob_cell(value: bytes) -> str:
    return base64.b64encode(value).decode()


def json_cell(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


ENCODERS: dict[str, Callable[[Any], Cell]] = {
    "decimal": decimal_cell,
    "float32": float_cell,
    "float64": float_cell,
    "date": date_cell,
    "datetime": datetime_cell,
    "uuid": uuid_cell,
    "blob": blob_cell,
    "custom": blob_cell,
    "json": json_cell,
}
"""How a type is written; the others are JSON already."""

DECODERS: dict[str, Callable[[Any], Any]] = {
    "decimal": Decimal,
    "float32": float,
    "float64": float,
    "date": date.fromisoformat,
    "datetime": datetime.fromisoformat,
    "uuid": UUID,
    "blob": base64.b64decode,
    "custom": base64.b64decode,
    "json": json.loads,
}
"""How a cell is read; the others are Python values already."""

TEXT_FORMS = frozenset({"decimal", "float32", "float64", "date", "datetime", "uuid"})


def encode_cell(type_name: str, value: Any, *, nullable: bool = True) -> Cell:
    """The cell of one value. None is NULL, except in a json column that is not nullable."""
    if value is None and (nullable or type_name != "json"):
        return None
    encode = ENCODERS.get(type_name)
    if encode is None or (isinstance(value, str) and type_name in TEXT_FORMS):
        return value  # type: ignore[no-any-return]
    return encode(value)


def encode_column(type_name: str, values: list[Any], *, nullable: bool = True) -> list[Cell]:
    """The cells of a column."""
    if type_name not in ENCODERS:
        return values
    return [encode_cell(type_name, value, nullable=nullable) for value in values]


def decode_column(type_name: str, cells: Sequence[Any]) -> Sequence[Any]:
    """The values of a column's cells."""
    decode = DECODERS.get(type_name)
    if decode is None:
        return cells
    if None not in cells:
        return list(map(decode, cells))
    return [None if cell is None else decode(cell) for cell in cells]
