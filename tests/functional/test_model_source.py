"""Models made of stored tables are those tables: nothing would be migrated."""

import datetime as dt
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

import pytest

import wasidb
from tests.support.fixtures import OpenEngine
from tests.support.manifest import GoldenFile, golden_files
from wasidb import (
    Custom,
    Database,
    Field,
    Float32,
    Int8,
    Int16,
    Int32,
    InvalidModel,
    Json,
    Table,
    TableDefinition,
    UInt8,
    UInt16,
    UInt32,
    UInt64,
)
from wasidb_schema.source import DEFAULT_ALIGNMENT, module_source


class Owner(Table, table="owners"):
    id: int = Field(primary_key=True, autoincrement=True)
    code: UInt16 = Field(unique=True)


class Everything(
    Table, table="every-thing", indexes=[("a", "b")], unique=[("b", "c")], alignment=64
):
    id: UUID = Field(primary_key=True)
    a: Int8
    b: Int16 = 3
    c: Int32 | None = -4
    d: UInt8 | None = Field(None, index=True)
    e: UInt32 = 0
    f: UInt64 = Field(2**64 - 1, unique=True)
    g: Float32 = 0.5
    h: float = float("inf")
    i: bool = False
    j: str = 'a "text"\n'
    k: bytes = b"\0\xff"
    date: dt.date = dt.date(2024, 2, 29)
    datetime: dt.datetime | None = dt.datetime(2024, 2, 29, 12, tzinfo=dt.UTC)
    n: UUID = UUID(int=7)
    o: Decimal = Decimal("12.50")
    p: Json = {"a": [1, None]}  # noqa: RUF012
    q: Json | None = None
    r: Annotated[bytes, Custom("role", 1)]
    s: Annotated[bytes, Custom("name")] | None = None
    owner: int = Field(references="owners.id", on_delete="cascade")
    other: int | None = Field(None, references="owners.id", index=False)
    bytes: int | None = None


SCHEMAS = {
    (file.case, file.entry["schema"]): file for file in reversed(golden_files()) if file.is_sound
}
"""A file of each set of tables; the first ones of a case are the smallest."""

UNDECLARABLE = {"13-alignment"}
"""Alignments that the Rust engine has and ours reads, but refuses to be told."""


def models_of(definitions: list[TableDefinition]) -> list[type[Table]]:
    """The models of the module, run."""
    module: dict[str, Any] = {"__name__": "printed"}
    exec(module_source(definitions, "Tables."), module)
    return [
        each
        for each in module.values()
        if isinstance(each, type) and issubclass(each, Table) and each is not Table
    ]


def plain(table: TableDefinition) -> TableDefinition:
    """The definition without what nobody says: the alignment that records have then, and indexes of
    foreign keys.
    """
    alignment = None if table.alignment == DEFAULT_ALIGNMENT else table.alignment
    keys = [(column.name,) for column in table.columns if column.references]
    indexes = tuple(index for index in table.indexes if index not in keys)
    return replace(table, alignment=alignment, indexes=indexes)


def drift(db: Database) -> list[str]:
    return list(map(str, db.migrate(*models_of(db.tables()), dry_run=True)))


def test_every_type_mark_and_default(db: Database) -> None:
    db.create_tables(Owner, Everything)
    assert drift(db) == []
    printed = models_of(db.tables())
    assert {model.__name__: plain(model.__table__) for model in printed} == {
        "Owners": plain(db.table("owners")),
        "EveryThing": plain(db.table("every-thing")),
    }


@pytest.mark.parametrize("file", SCHEMAS.values(), ids=str)
def test_golden_files(file: GoldenFile, tmp_path: Path, open_engine: OpenEngine) -> None:
    file.unpack(tmp_path / "golden.wasidb")
    db = wasidb.Database(open_engine(tmp_path / "golden.wasidb"))
    printed = models_of(db.tables())
    assert {model.__table__.name: plain(model.__table__) for model in printed} == {
        table.name: plain(table) for table in db.tables()
    }
    if file.case not in UNDECLARABLE:
        assert drift(db) == []


class Line(Table, table="lines"):
    owner: int = Field(primary_key=True, references="owners.id")
    line: UInt8 = Field(primary_key=True)
    note: str | None = None


def test_keys_of_several_columns(db: Database) -> None:
    db.create_tables(Owner, Line)
    assert drift(db) == []
    definition = db.table("lines")
    assert [each.__table__.key for each in models_of([definition])] == [("owner", "line")]
    with pytest.raises(InvalidModel, match=r"lines: no model .* \(line, owner\)"):
        module_source([replace(definition, primary_key=("line", "owner"))], "Lines.")


def test_source_is_what_one_would_write(db: Database) -> None:
    db.create_tables(Owner)
    assert module_source(db.tables(), "Owners.") == (
        '"""Owners."""\n\nfrom wasidb import Field, Table, UInt16\n\n\n'
        'class Owners(Table, table="owners"):\n'
        "    id: int = Field(primary_key=True, autoincrement=True)\n"
        "    code: UInt16 = Field(unique=True)\n"
    )


def test_names_that_are_none_in_python() -> None:
    columns = [{"name": "first name", "type": "text"}]
    odd = TableDefinition.from_json({"name": "t", "primary_key": "x", "columns": columns})
    with pytest.raises(InvalidModel, match="t: no model can have a column that is called 'first"):
        module_source([odd], "")
    names = [
        TableDefinition.from_json({"name": name, "primary_key": "x", "columns": []})
        for name in ("table", "2nd", "a b", "a_b", "class")
    ]
    assert module_source(names, "").count("\nclass ") == 5
    for name in ("Table_(", "Table2nd(", "AB(", "AB_(", "Class("):
        assert f"class {name}" in module_source(names, "")
