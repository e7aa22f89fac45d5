"""Which cells are equal and how they order, as Python values: what the naive model compares.

    key_of("decimal", "1.00") == key_of("decimal", "1")
    key_of("float64", "NaN")  >  key_of("float64", "Infinity")

Cells are those of rows JSON, literals those of filter JSON. Numbers of all types compare by value,
NaN with itself and as the greatest; date-times by instant; JSON by rank: null, booleans, numbers,
text, arrays, objects.
"""

import base64
import json
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from math import isnan
from typing import Any
from uuid import UUID

INTEGERS = {f"{sign}int{bits}" for sign in ("", "u") for bits in (8, 16, 32, 64)}
FLOATS = {"float32", "float64"}
NUMBERS = INTEGERS | FLOATS | {"decimal"}
AVERAGE = "average"
"""The type of a mean that is a decimal: its last digits are open."""
JSON_RANKS = {bool: 1, int: 2, float: 2, str: 3}


@lru_cache(100_000, typed=True)
def key_of(type: str, cell: Any) -> Any:
    """The key of a cell other than NULL."""
    type = "decimal" if type == AVERAGE else type
    if type in NUMBERS:
        return number_key(float(cell) if type in FLOATS else Decimal(cell))
    if type == "date":
        return tuple(map(int, cell.split("-")))
    if type == "datetime":
        return datetime.fromisoformat(cell)
    if type == "json":
        return json_key(json.loads(cell))
    if type == "blob" or type.startswith("custom:"):
        data = base64.b64decode(cell)
        is_sized = type.startswith("custom:") and type.count(":") == 1
        return (len(data).to_bytes(2, "little") if is_sized else b"") + data
    return cell


def number_key(number: float | Decimal) -> tuple[bool, float | Decimal]:
    return (True, 0) if isnan(number) else (False, number)


def json_key(value: Any) -> tuple[Any, ...]:
    if value is None:
        return (0,)
    if isinstance(value, list):
        return (4, tuple(map(json_key, value)))
    if isinstance(value, dict):
        return (5, tuple((name, json_key(value[name])) for name in sorted(value)))
    return (JSON_RANKS[type(value)], value)


def literal_key(type: str, literal: Any) -> Any:
    """The key of a literal beside a column of this type; None for NULL."""
    if is_null(literal):
        return None
    type = "decimal" if type == AVERAGE else type
    if isinstance(literal, dict):
        ((tag, value),) = literal.items()
        return TYPED[tag](type, value)
    if type in NUMBERS and isinstance(literal, float):
        return number_key(literal if type in FLOATS else Decimal(repr(literal)))
    return key_of(type, literal) if type not in NUMBERS else number_key(number_of(type, literal))


def is_null(literal: Any) -> bool:
    """Whether a literal is one of the three forms of NULL."""
    return literal in (None, "Null", {"Null": None})


def number_of(type: str, literal: Any) -> float | Decimal:
    return literal if type in FLOATS and isinstance(literal, float) else Decimal(literal)


def _plain(tag: str) -> Callable[[str, Any], Any]:
    return lambda type, value: key_of(tag, value)


TYPED: dict[str, Callable[[str, Any], Any]] = {
    **{tag.capitalize(): _plain(tag) for tag in INTEGERS},
    **{tag: _plain(tag.lower()) for tag in ("Text", "Boolean", "Decimal", "Float64", "Json")},
    "Blob": lambda type, value: bytes(value),
    "Uuid": lambda type, value: str(UUID(bytes=bytes(value))),
    "Date": lambda type, value: (value["year"], value["month"], value["day"]),
    "Custom": lambda type, value: bytes(value["encoded"]),
}
