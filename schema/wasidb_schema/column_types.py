"""Which Python type is stored as what.

    int             int64                  str         text
    Int8 ... Int64  int8 ... int64         bytes       blob
    UInt8 ...       uint8 ... uint64       date        date
    float           float64                datetime    datetime (needs a time zone)
    Float32         float32                UUID        uuid
    bool            boolean                Decimal     decimal (28 digits)
    Json            json                   X | None    X, nullable
    Annotated[bytes, Custom("role", 1)]     a custom type, here of one byte
    Role, an Enum                           the custom type "role", see `enums`
    Annotated[Role, Custom("rank")]         the custom type "rank"

A `Json` column holds any JSON value: dict, list, str, number, bool or None. Where the column is
`Json | None`, None is NULL; where it is `Json`, None is the JSON value null.

Deliberately absent are times of day and spans of time: the file has no type for them, and rows that
other programs read should say what they mean. They are stored as values that do.
"""

import enum
import types
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Annotated, Any, NamedTuple, Union, get_args, get_origin
from uuid import UUID

import annotated_types
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from wasidb_schema.enums import EnumClass, stored_members, width_of
from wasidb_schema.naming import snake_case


class StoredAs(NamedTuple):
    """In an annotation: the column type, where the Python type alone does not tell."""

    type: str


class Custom(NamedTuple):
    """In an annotation of bytes: a type of somebody's own, of `width` bytes or of any number.

    In that of an enum: its tag; the width follows from the members.
    """

    tag: str
    width: int | None = None

    @property
    def type(self) -> Mapping[str, Any]:
        """The column type as the engine is told."""
        return (
            {"custom": self.tag}
            if self.width is None
            else {"custom": self.tag, "width": self.width}
        )


Int8 = Annotated[int, annotated_types.Interval(ge=-(1 << 7), lt=1 << 7), StoredAs("int8")]
Int16 = Annotated[int, annotated_types.Interval(ge=-(1 << 15), lt=1 << 15), StoredAs("int16")]
Int32 = Annotated[int, annotated_types.Interval(ge=-(1 << 31), lt=1 << 31), StoredAs("int32")]
Int64 = Annotated[int, annotated_types.Interval(ge=-(1 << 63), lt=1 << 63), StoredAs("int64")]
UInt8 = Annotated[int, annotated_types.Interval(ge=0, lt=1 << 8), StoredAs("uint8")]
UInt16 = Annotated[int, annotated_types.Interval(ge=0, lt=1 << 16), StoredAs("uint16")]
UInt32 = Annotated[int, annotated_types.Interval(ge=0, lt=1 << 32), StoredAs("uint32")]
UInt64 = Annotated[int, annotated_types.Interval(ge=0, lt=1 << 64), StoredAs("uint64")]
Float32 = Annotated[float, StoredAs("float32")]
Json = Annotated[Any, StoredAs("json")]

STORABLE = (
    "bool, int, float, str, bytes, date, datetime, Decimal, UUID, Int8 to UInt64, Float32, Json,"
    " an Enum"
)

NATURAL_TYPES: dict[Any, str] = {
    int: "int64",
    float: "float64",
    bool: "boolean",
    str: "text",
    bytes: "blob",
    date: "date",
    datetime: "datetime",
    UUID: "uuid",
    Decimal: "decimal",
}


INSTEAD: tuple[tuple[type, str], ...] = (
    (enum.Flag, "flags are stored as their sum: annotate an integer type, and convert"),
    (
        enum.Enum,
        "an enum needs members that are all texts or all integers from 0 to 255, and no width in"
        " its Custom; of other members store the values, and convert",
    ),
    (timedelta, "store a span of time as an Int64 of microseconds"),
    (time, "store a time of day as a str, such as 09:30"),
    (list, "use Json, or a table of its own with a foreign key to this one"),
    (tuple, "use Json, or a column for each item"),
    (dict, "use Json"),
    (set, "use Json, or a table of its own with a foreign key to this one"),
    (BaseModel, "use Json and model_dump(), or a table of its own and a foreign key"),
)


def instead_of(annotation: Any) -> str:
    """What to store in the place of a type that no column has."""
    kind, _ = without_none(annotation)
    kind = get_origin(kind) or kind
    if kind in (Union, types.UnionType):
        return "a column has one type, with None if it is nullable; or use Json"
    for unknown, advice in INSTEAD:
        if isinstance(kind, type) and issubclass(kind, unknown):
            return advice
    return f"use one of {STORABLE}"


def without_none(annotation: Any) -> tuple[Any, bool]:
    """The annotation of a column's values, and whether there may be None instead."""
    if get_origin(annotation) not in (Union, types.UnionType):
        return annotation, False
    members = [member for member in get_args(annotation) if member is not types.NoneType]
    nullable = len(members) < len(get_args(annotation))
    return (members[0] if len(members) == 1 else annotation), nullable


class ColumnType(NamedTuple):
    """What a field is stored as; `enum` is the one whose members its values are."""

    type: str | Mapping[str, Any]
    nullable: bool
    enum: EnumClass | None = None


def column_type(field: FieldInfo) -> ColumnType | None:
    """The column type of a field; None when it cannot be stored."""
    annotation, nullable = without_none(field.annotation)
    metadata = list(field.metadata)
    if get_origin(annotation) is Annotated:
        annotation, *inner = get_args(annotation)
        metadata += inner
    mark = next((mark for mark in metadata if isinstance(mark, StoredAs | Custom)), None)
    if isinstance(annotation, type) and issubclass(annotation, enum.Enum):
        custom = enum_type(annotation, mark)
        return ColumnType(custom.type, nullable, annotation) if custom else None
    if mark:
        return ColumnType(mark.type, nullable)
    name = NATURAL_TYPES.get(annotation)
    return ColumnType(name, nullable) if name else None


def enum_type(kind: EnumClass, mark: StoredAs | Custom | None) -> Custom | None:
    """The custom type of an enum, whose tag is the mark's or the class name in snake case; None
    when it cannot be stored.
    """
    if not stored_members(kind):
        return None
    width = width_of(kind)
    if mark is None:
        return Custom(snake_case(kind.__name__), width)
    if isinstance(mark, Custom) and mark.width in (None, width):
        return Custom(mark.tag, width)
    return None
