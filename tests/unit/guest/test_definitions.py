from dataclasses import replace
from typing import Any

import pytest

from wasidb_guest import values
from wasidb_guest.definitions import (
    ColumnDefinition,
    Default,
    ForeignKey,
    IndexDefinition,
    TableDefinition,
    declared_indexes,
    declared_unique,
    define_table,
)
from wasidb_guest.errors import InvalidDefinition, UnknownColumn

ID = ColumnDefinition("id", values.UINT32)
NAME = ColumnDefinition("name", values.TEXT)


def test_the_primary_key_becomes_unique() -> None:
    table = define_table("t", "id", [NAME, ID])
    assert table.column("id") == replace(ID, primary_key=True, unique=True)
    assert table.column("name") == NAME


def test_indexes_in_the_order_of_the_rust_engine() -> None:
    email, code = (ColumnDefinition(name, values.TEXT, unique=True) for name in ("email", "code"))
    table = define_table(
        "t", "id", [email, ID, NAME, code], [["name", "id"], ["email"], ["id"], ["name"]]
    )
    assert table.indexes == (
        IndexDefinition(("id",), unique=True),
        IndexDefinition(("email",), unique=True),
        IndexDefinition(("code",), unique=True),
        IndexDefinition(("name", "id")),
        IndexDefinition(("name",)),
    )
    assert declared_indexes(table) == (("name", "id"), ("name",))


def test_columns_that_are_unique_together() -> None:
    code = ColumnDefinition("code", values.TEXT, unique=True)
    table = define_table("t", "id", [ID, NAME, code], [["name"]], unique=[["name", "id"]])
    assert table.indexes[1:] == (
        IndexDefinition(("code",), unique=True),
        IndexDefinition(("name", "id"), unique=True),
        IndexDefinition(("name",)),
    )
    assert (declared_indexes(table), declared_unique(table)) == ((("name",),), (("name", "id"),))
    assert table.unique_keys == {("id",), ("code",), ("name", "id")}


def test_fixed_size_rows_stand_side_by_side() -> None:
    table = define_table("t", "id", [ID, ColumnDefinition("v", values.UINT32)], alignment=64)
    assert table.is_fixed_size
    assert (table.alignment, table.stride) == (8, 10)


@pytest.mark.parametrize("column", [NAME, ColumnDefinition("v", values.UINT32, nullable=True)])
def test_other_rows_keep_to_the_alignment(column: ColumnDefinition) -> None:
    table = define_table("t", "id", [ID, column], alignment=64)
    assert not table.is_fixed_size
    assert (table.alignment, table.stride) == (64, 64)


def test_columns_by_name() -> None:
    key = ForeignKey("users", "id", "cascade")
    owner = ColumnDefinition("owner", values.UINT32, references=key)
    counter = ColumnDefinition("n", values.INT8, autoincrement=True)
    table = define_table("t", "id", [ID, owner, counter])
    assert table.column_position("owner") == 1
    assert table.foreign_keys == ((owner, key),)
    assert table.autoincrement_columns == (counter,)
    with pytest.raises(UnknownColumn, match="table 't' has no column 'x'"):
        table.column("x")


def test_a_default_of_null_is_not_the_same_as_none() -> None:
    column = ColumnDefinition("v", values.TEXT, nullable=True)
    assert replace(column, default=Default(None, values.TEXT)) != column


def columns_and(*columns: ColumnDefinition) -> list[ColumnDefinition]:
    return [ID, NAME, *columns]


LONG = "x" * 256
REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "empty name": ({"name": ""}, "name must be 1 to 255 bytes"),
    "long name": ({"name": "é" * 128}, "name must be 1 to 255 bytes"),
    "surrogate": ({"name": "\ud800"}, "name must be 1 to 255 bytes"),
    "no columns": ({"columns": []}, "columns must be 1 to 65535"),
    "many columns": ({"columns": [ID] * 65_536}, "columns must be 1 to 65535 of them, not 65536"),
    "long column": ({"columns": [ID, replace(NAME, name=LONG)]}, "name must be 1 to 255 bytes"),
    "same name": ({"columns": [ID, NAME, NAME]}, "column 'name': name must be different"),
    "no such key": ({"primary_key": "x"}, "primary_key must be one of the columns, not 'x'"),
    "nullable key": (
        {"columns": [replace(ID, nullable=True)]},
        "column 'id': nullable must be false for the primary key",
    ),
    "two keys": (
        {"columns": [ID, replace(NAME, primary_key=True)]},
        "column 'name': primary_key must be the one column 'id'",
    ),
    "automatic text": (
        {"columns": [ID, replace(NAME, autoincrement=True)]},
        "column 'name': autoincrement must be on a required integer, not on a text",
    ),
    "automatic NULL": (
        {"columns": columns_and(ColumnDefinition("n", values.INT8, True, True))},
        "autoincrement must be on a required integer, not on a nullable int8",
    ),
    "automatic default": (
        {"columns": [replace(ID, autoincrement=True, default=Default(1, values.UINT32))]},
        "default must be absent when the column numbers itself",
    ),
    "256 counters": (
        {
            "columns": columns_and(
                *(ColumnDefinition(f"n{i}", values.INT8, autoincrement=True) for i in range(256))
            )
        },
        "autoincrement must be set on 255 columns at most, not 256",
    ),
    "default NULL": (
        {"columns": [ID, replace(NAME, default=Default(None, values.TEXT))]},
        "column 'name': default must be a value",
    ),
    "custom tag": (
        {"columns": columns_and(ColumnDefinition("r", values.custom("")))},
        "column 'r': type.custom must be 1 to 255 bytes",
    ),
    "custom width": (
        {"columns": columns_and(ColumnDefinition("r", values.custom("role", 65_001)))},
        "column 'r': type.width must be 1 to 65000 bytes, not 65001",
    ),
    "reference": (
        {"columns": [ID, replace(NAME, references=ForeignKey("", "id"))]},
        "references.table must be 1 to 255 bytes",
    ),
    "alignment": ({"alignment": 48}, "alignment must be a power of two from 8 to 32768, not 48"),
    "alignment 64 Ki": ({"alignment": 65_536}, "alignment must be a power of two"),
    "wide row": (
        {"columns": [ID] + [ColumnDefinition(f"c{i}", values.custom("x", 65_000)) for i in (1, 2)]},
        "columns must be 65533 bytes wide together at most, not 130004",
    ),
    "index column": ({"indexes": [["id", "x"]]}, "indexes must be over columns.*no 'x'"),
    "empty index": ({"indexes": [[]]}, "indexes must be over 1 to 255 columns each, not 0"),
    "twice in index": ({"indexes": [["name", "name"]]}, "over different columns each"),
    "same index": ({"indexes": [["name"], ["name"]]}, r"different from each other, not \(name\)"),
    "unique column": ({"unique": [["id", "x"]]}, "unique must be over columns.*no 'x'"),
    "unique alone": ({"unique": [["name"]]}, "unique must be over several columns each"),
    "unique index": (
        {"unique": [["id", "name"]], "indexes": [["id", "name"]]},
        "unique must be different from the other indexes",
    ),
}


@pytest.mark.parametrize(("change", "problem"), REFUSED.values(), ids=REFUSED)
def test_refused(change: dict[str, Any], problem: str) -> None:
    parts: dict[str, Any] = {"name": "t", "primary_key": "id", "columns": [ID, NAME], **change}
    with pytest.raises(InvalidDefinition, match=problem) as caught:
        define_table(**parts)
    assert caught.value.details["table"] == parts["name"]
    assert caught.value.details.keys() >= {"key", "expected"}


def test_an_index_may_have_255_columns_and_no_more() -> None:
    columns = [ColumnDefinition(f"c{i}", values.INT8) for i in range(256)]
    names = [column.name for column in columns]
    table: TableDefinition = define_table("t", "c0", columns, [names[:255]])
    assert len(table.indexes[1].columns) == 255
    with pytest.raises(InvalidDefinition, match="1 to 255 columns each, not 256"):
        define_table("t", "c0", columns, [names])
