"""Models as tables."""

import enum
import warnings
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta
from decimal import Decimal
from threading import Barrier
from typing import Annotated, Any
from uuid import UUID

import pytest
from pydantic import ConfigDict, ValidationError

from wasidb_schema import (
    Column,
    ColumnDefinition,
    Custom,
    Field,
    Float32,
    Int8,
    Int16,
    Int32,
    Int64,
    InvalidModel,
    Json,
    Mapped,
    Reference,
    Table,
    TableDefinition,
    UInt8,
    UInt16,
    UInt32,
    UInt64,
)
from wasidb_schema.expressions import column
from wasidb_schema.naming import snake_case


class Post(Table, table="posts", indexes=[("author", "title")], alignment=64):
    id: int = Field(primary_key=True, autoincrement=True)
    title: str = Field("untitled", unique=True, max_length=20)
    author: UInt32 | None = Field(None, index=True, references="users.id", on_delete="cascade")


def test_former_names_are_told_and_make_no_other_table() -> None:
    class Account(Table, table="accounts", renamed_from=["users", "people"]):
        id: int = Field(primary_key=True)
        email: str = Field(renamed_from="mail")

    form = Account.__table__.as_json()
    assert form["renamed_from"] == ["users", "people"]
    assert form["columns"][1] == {"name": "email", "type": "text", "renamed_from": ["mail"]}
    email = ColumnDefinition("email", "text")
    assert Account.__table__.column("email") == email
    assert Account.__table__ == TableDefinition(
        "accounts", "id", (ColumnDefinition("id", "int64"), email)
    )


def test_definition_says_it_all() -> None:
    assert Post.__table__ == TableDefinition(
        name="posts",
        primary_key="id",
        columns=(
            ColumnDefinition("id", "int64", autoincrement=True),
            ColumnDefinition("title", "text", unique=True, default="untitled"),
            ColumnDefinition(
                "author", "uint32", nullable=True, references=Reference("users", "id", "cascade")
            ),
        ),
        indexes=(("author",), ("author", "title")),
        alignment=64,
    )


def test_definition_as_json_and_back() -> None:
    form = Post.__table__.as_json()
    assert form == {
        "name": "posts",
        "primary_key": "id",
        "columns": [
            {"name": "id", "type": "int64", "autoincrement": True},
            {"name": "title", "type": "text", "unique": True, "default": "untitled"},
            {
                "name": "author",
                "type": "uint32",
                "nullable": True,
                "references": {"table": "users", "column": "id", "on_delete": "cascade"},
            },
        ],
        "indexes": [["author"], ["author", "title"]],
        "alignment": 64,
    }
    assert TableDefinition.from_json(form) == Post.__table__


class Seat(Table, table="seats", unique=[("hall", "number")]):
    id: int = Field(primary_key=True)
    hall: UInt8 = Field(references="halls.id", on_update="restrict", deferred=True)
    number: UInt8


BOOKED_SEAT = {
    "columns": ["hall", "number"],
    "references": {"table": "seats", "columns": ["hall", "number"]},
    "on_delete": "set_null",
}


class Booking(Table, table="bookings", foreign_keys=[BOOKED_SEAT], indexes=[("hall", "number")]):
    id: int = Field(primary_key=True, references="orders.id")
    hall: UInt8 | None = None
    number: UInt8 | None = None
    guest: UInt32 = Field(references="guests.id", index=True)
    host: UInt32 = Field(references="guests.id", index=False)


def test_what_keys_do_is_told_to_the_engine() -> None:
    form = Seat.__table__.as_json()
    assert form["unique"] == [["hall", "number"]]
    assert form["columns"][1]["references"] == {
        "table": "halls",
        "column": "id",
        "on_delete": "restrict",
        "on_update": "restrict",
        "deferred": True,
    }
    assert Booking.__table__.as_json()["foreign_keys"] == [BOOKED_SEAT]
    for table in (Seat.__table__, Booking.__table__):
        assert TableDefinition.from_json(table.as_json()) == table
        assert TableDefinition.from_json(table.as_json()).as_json() == table.as_json()


def test_the_index_of_a_foreign_key_is_the_engines_affair() -> None:
    """A model lists it when asked to, and says when there is to be none."""
    assert Seat.__table__.indexes == ()
    assert Booking.__table__.indexes == (("guest",), ("hall", "number"))
    references = [column.references for column in Booking.__table__.columns]
    assert [each.index for each in references if each] == [True, True, False]
    assert references[-1] is not None
    assert references[-1].as_json()["index"] is False


def test_custom_types_have_a_name() -> None:
    column = ColumnDefinition.from_json({"name": "role", "type": {"custom": "role", "width": 1}})
    assert column.type_name == "custom"


@pytest.mark.parametrize(
    ("annotation", "type_name"),
    [
        (int, "int64"),
        (Int8, "int8"),
        (Int16, "int16"),
        (Int32, "int32"),
        (Int64, "int64"),
        (UInt8, "uint8"),
        (UInt16, "uint16"),
        (UInt32, "uint32"),
        (UInt64, "uint64"),
        (float, "float64"),
        (Float32, "float32"),
        (bool, "boolean"),
        (str, "text"),
        (bytes, "blob"),
        (date, "date"),
        (datetime, "datetime"),
        (UUID, "uuid"),
        (Decimal, "decimal"),
        (Json, "json"),
        (Annotated[str, "note"], "text"),
    ],
)
def test_types(annotation: Any, type_name: str) -> None:
    class Thing(Table):
        id: int = Field(primary_key=True)
        plain: annotation
        maybe: annotation | None = None

    plain, maybe = Thing.__table__.columns[1:]
    assert (plain.type, plain.nullable) == (type_name, False)
    assert (maybe.type, maybe.nullable) == (type_name, True)


@pytest.mark.parametrize(("annotation", "low", "high"), [(Int8, -128, 127), (UInt64, 0, 2**64 - 1)])
def test_integers_keep_their_range(annotation: Any, low: int, high: int) -> None:
    class Thing(Table):
        id: annotation | None = Field(primary_key=True)

    assert (Thing(id=low).id, Thing(id=high).id) == (low, high)
    for value in (low - 1, high + 1):
        with pytest.raises(ValidationError):
            Thing(id=value)


def test_number_is_absent_until_stored() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert Post(title="a").model_dump() == {"id": None, "title": "a", "author": None}
    assert Post(id=3).id == 3
    with pytest.raises(ValidationError):
        Post(id="x")


def test_constraints_of_pydantic_hold() -> None:
    with pytest.raises(ValidationError, match="at most 20 characters"):
        Post(title="x" * 21)


def test_rows_that_threads_make_first_are_whole() -> None:
    for _ in range(20):

        class Thing(Table):
            id: int = Field(primary_key=True, autoincrement=True)
            name: str

        start = Barrier(8)

        def made(number: int, kind: Any = Thing, start: Barrier = start) -> Any:
            start.wait()
            return kind(id=number, name="a").name

        with ThreadPoolExecutor(8) as threads:
            assert list(threads.map(made, range(8))) == ["a"] * 8


@pytest.mark.parametrize("is_deferred", [True, False])
def test_deprecated_fields_are_columns(is_deferred: bool) -> None:
    class Thing(Table):
        model_config = ConfigDict(defer_build=is_deferred)
        id: int = Field(primary_key=True, autoincrement=True)
        name: str = Field(deprecated="have no name")

    assert Thing(id=None, name="a").model_dump() == {"id": None, "name": "a"}
    assert isinstance(Thing.name, Column)


def test_factories_are_no_column_default() -> None:
    class Thing(Table):
        id: int = Field(primary_key=True, default_factory=lambda: 7)

    assert Thing().id == 7
    assert Thing.__table__.columns[0].default is None


def test_names() -> None:
    class AirTrafficLog(Table):
        id: int = Field(primary_key=True)

    assert AirTrafficLog.__table__.name == "air_traffic_log"
    assert [snake_case(name) for name in ("Flight", "HTTPServer", "A1B")] == [
        "flight",
        "http_server",
        "a1_b",
    ]


class Mark(Table, table="marks"):
    id: Mapped[UInt8] = Field(primary_key=True)
    note: Mapped[str | None] = Field(default=None)


def test_mapped_is_for_type_checkers() -> None:
    class Plain(Table, table="marks"):
        id: UInt8 = Field(primary_key=True)
        note: str | None = None

    assert Mark.__table__ == Plain.__table__
    assert Mark(id=1).model_dump() == {"id": 1, "note": None}
    assert isinstance(Mark.note, Column)


def test_fields_are_inherited() -> None:
    class Comment(Post, table="comments"):
        text: str

    assert [column.name for column in Comment.__table__.columns] == [
        "id",
        "title",
        "author",
        "text",
    ]
    assert (Comment.title.table, Post.title.table) == ("comments", "posts")


def test_columns_are_no_defaults_of_inherited_fields() -> None:
    class Remark(Mark, table="remarks"):
        title: str

    class Footnote(Remark, table="footnotes"):
        page: int = 1

    row = Footnote(id=1, title="On marks")
    assert row.model_dump() == {"id": 1, "note": None, "title": "On marks", "page": 1}
    with pytest.raises(ValidationError, match=r"(?s)id\n  Field required.*title\n  Field required"):
        Footnote.model_validate({})
    assert (column(Footnote.title).table, column(Remark.title).table) == ("footnotes", "remarks")


def test_row_that_lacks_a_value_has_no_column_in_its_place() -> None:
    row = Mark(id=1)
    del row.__dict__["note"]
    with pytest.raises(AttributeError, match="note"):
        _ = row.note
    assert not hasattr(Mark, "notes")


def test_columns_are_attributes_of_the_class() -> None:
    assert isinstance(Post.author, Column)
    assert (Post.author.table, Post.author.name, Post.author.type_name) == (
        "posts",
        "author",
        "uint32",
    )
    assert Post.author is Post.author
    with pytest.raises(AttributeError, match="Post has no column or attribute 'colour'"):
        _ = Post.colour


class Strange:
    """Something no column holds."""


class Colour(enum.Enum):
    """Something that a column holds."""

    RED = "red"


class Mixed(enum.Enum):
    NOTHING = 0
    RED = "red"


class Permission(enum.Flag):
    READ = 1
    WRITE = 2


def numbers(*values: Any) -> Any:
    """An enum with these values."""
    return enum.Enum("Number", {f"n{at}": value for at, value in enumerate(values)})


class Rank(enum.IntEnum):
    LOW = 0
    HIGH = 255


class OrderState(enum.StrEnum):
    OPEN = "open"


@pytest.mark.parametrize(
    ("annotation", "stored", "default", "cell"),
    [
        (Rank, {"custom": "rank", "width": 1}, Rank.HIGH, "/w=="),
        (OrderState, {"custom": "order_state"}, OrderState.OPEN, "b3Blbg=="),
        (Annotated[Colour, Custom("paint")], {"custom": "paint"}, Colour.RED, "cmVk"),
        (Annotated[Rank, Custom("r", 1)], {"custom": "r", "width": 1}, Rank.LOW, "AA=="),
    ],
)
def test_enums_are_custom_types(annotation: Any, stored: Any, default: Any, cell: str) -> None:
    class Thing(Table):
        id: int = Field(primary_key=True)
        plain: annotation = default
        maybe: annotation | None = None

    plain, maybe = Thing.__table__.columns[1:]
    assert (plain.type, plain.default) == (stored, cell)
    assert (maybe.type, maybe.nullable, maybe.default) == (stored, True, None)
    assert TableDefinition.from_json(Thing.__table__.as_json()) == Thing.__table__


@pytest.mark.parametrize(
    ("fields", "keywords", "message"),
    [
        ({"a": (int, ...)}, {}, "M has no primary key; mark one field or several"),
        ({"a": (int | str, Field(primary_key=True))}, {},
         r"M\.a: int \| str cannot be stored; a column has one type"),
        ({"a": (list[int], Field(primary_key=True))}, {}, r"M\.a: list.*; use Json, or a table"),
        ({"a": (Mixed | None, ...)}, {}, r"M\.a: .*Mixed.* cannot be stored; an enum needs"),
        ({"a": (numbers(), ...)}, {}, r"M\.a: Number cannot be stored; an enum needs members"),
        ({"a": (numbers(256), ...)}, {}, r"M\.a: Number .*integers from 0 to 255"),
        ({"a": (numbers(-1), ...)}, {}, r"M\.a: Number .*integers from 0 to 255"),
        ({"a": (numbers(True), ...)}, {}, r"M\.a: Number .*an enum needs members"),
        ({"a": (numbers(1.5), ...)}, {}, r"M\.a: Number .*an enum needs members"),
        ({"a": (Annotated[Colour, Custom("c", 3)], ...)}, {}, r"M\.a: Colour .*no width in its"),
        ({"a": (Permission, ...)}, {}, r"M\.a: Permission .*; flags are stored as their sum"),
        ({"a": (Colour, Field(default="red"))}, {}, "the default 'red' is no Colour"),
        ({"a": (Rank, Field(autoincrement=True))}, {}, "needs an integer, not Rank"),
        ({"a": (timedelta, ...)}, {}, r"M\.a: timedelta .*; store a span of time as an Int64"),
        ({"a": (Strange, ...)}, {"arbitrary_types_allowed": True},
         r"M\.a: Strange cannot be stored; use one of bool, int"),
        ({"a": (str, Field(primary_key=True, autoincrement=True))}, {}, "autoincrement needs an"),
        ({"a": (int, Field(primary_key=True, references="users"))}, {}, r'is "table\.column"'),
        ({"a": (int, Field(primary_key=True)), "b": (datetime, datetime(2024, 1, 1))}, {},
         r"M\.b: the default .* is no datetime: .* no time zone"),
        ({"a": (int, Field(primary_key=True))}, {"indexes": [("a", "b")]}, "names no field b"),
        ({"a": (int, Field(primary_key=True))}, {"indexes": [()]}, "names no field"),
        ({"a": (int, Field(primary_key=True))}, {"unique": [("a", "b")]}, "names no field b"),
    ],
)  # fmt: skip
def test_models_that_cannot_be_stored(
    fields: dict[str, tuple[Any, Any]], keywords: dict[str, Any], message: str
) -> None:
    namespace = {"__annotations__": {name: kind for name, (kind, _) in fields.items()}}
    namespace |= {name: value for name, (_, value) in fields.items() if value is not ...}
    with pytest.raises(InvalidModel, match=message):
        type(Table)("M", (Table,), {**namespace, "__module__": __name__}, **keywords)


def test_several_fields_may_be_the_key_together() -> None:
    class Line(Table, table="lines"):
        invoice: int = Field(primary_key=True, references="invoices.id")
        article: int = Field(primary_key=True, references="articles.id")

    definition = Line.__table__
    assert definition.key == ("invoice", "article")
    assert definition.as_json()["primary_key"] == ["invoice", "article"]
    assert type(definition).from_json(definition.as_json()) == definition
