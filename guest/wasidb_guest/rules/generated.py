"""Defaults that are worked out for a column that an insert leaves out.

    {"function": "now"}     datetime: the instant, in UTC; date: the day it is in UTC
    {"function": "uuid"}    uuid: a random one (version 4 of RFC 9562)

`now` is the same for all rows of a statement, `uuid` another one for each.
"""

import os
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TypeAlias

from wasidb_guest.encoding.cell_vectors import constant_vector
from wasidb_guest.rules.rule import BadRule
from wasidb_guest.values import DataType
from wasidb_guest.vectors import Vector

Generator: TypeAlias = Callable[[DataType, int], Vector]

VERSION_4 = bytes(0x40 | byte & 0x0F for byte in range(256))
VARIANT = bytes(0x80 | byte & 0x3F for byte in range(256))


def now(data_type: DataType, count: int) -> Vector:
    """The same moment `count` times."""
    moment = datetime.now(UTC)
    if data_type.name == "date":
        return constant_vector(data_type, moment.date().isoformat(), count)
    return constant_vector(data_type, moment.isoformat(timespec="microseconds"), count)


def random_uuids(data_type: DataType, count: int) -> Vector:
    """`count` different UUIDs."""
    width = data_type.width
    data = bytearray(os.urandom(width * count))
    data[6::width] = data[6::width].translate(VERSION_4)
    data[8::width] = data[8::width].translate(VARIANT)
    return Vector(data_type, count, data)


GENERATORS: dict[str, tuple[Generator, frozenset[str]]] = {
    "now": (now, frozenset(("date", "datetime"))),
    "uuid": (random_uuids, frozenset(("uuid",))),
}


def generator_from_json(value: object, data_type: DataType) -> Generator:
    """What `{"function": name}` stands for in a column of this type; BadRule if nothing does."""
    name = value.get("function") if isinstance(value, dict) and len(value) == 1 else None
    if not isinstance(name, str) or name not in GENERATORS:
        raise BadRule(f'a cell, or {{"function": ...}} with one of {", ".join(GENERATORS)}')
    generator, types = GENERATORS[name]
    if data_type.name not in types:
        raise BadRule(f"for {data_type}: {name!r} is for {', '.join(sorted(types))}")
    return generator
