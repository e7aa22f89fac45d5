"""Databases opened with an identity: what each function of the contract needs, how the host says
who is asking. What the permissions mean is told by tests/golden/access.
"""

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

import wasidb
from tests.support.engine_under_test import PAGE_SIZE, EngineUnderTest
from tests.support.golden_syntax import parse_definition
from wasidb import Field, Grants, Table, select
from wasidb.errors import AccessDenied, Corrupted, DbmsError, InvalidDefinition
from wasidb.runtime.contract import INTERFACES
from wasidb.runtime.typed_contract import DATABASE, MigrationPolicy, Query

USERS = parse_definition("users: id uint32 key, name text")
OTHERS = parse_definition("users: id uint32 key, name text null")
STRANGER = "7a"
ROWS = '{"columns": ["id", "name"], "rows": [[2, "Bob"]]}'
CELLS = [("id", ("u32-val", 2)), ("name", ("text-val", "Bob"))]
QUESTION = '{"from": "users"}'
PERMISSIONS = ("read", "insert", "update", "delete")


def arrow() -> bytes:
    table = pa.table({"id": pa.array([2], pa.uint32()), "name": ["Bob"]})
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as stream:
        stream.write_table(table)
    return sink.getvalue().to_pybytes()


NEEDS: dict[str, tuple[str, tuple[Any, ...]]] = {
    "database.select": ("read", ("users", Query())),
    "database.aggregate": ("read", ("users", Query(), [("count", None)])),
    "database.insert": ("insert", ("users", CELLS, None)),
    "database.update": ("update", ("users", CELLS[1:], None, None)),
    "database.delete": ("delete", ("users", "restrict", None, None)),
    "rows.insert": ("insert", ("users", ROWS, None)),
    "rows.upsert": ("insert", ("users", ROWS, None)),
    "rows.select": ("read", (QUESTION, None)),
    "rows.explain": ("read", (QUESTION, False, None)),
    "rows.update": ("update", ("users", '{"name": "Bob"}', None, None)),
    "rows.delete": ("delete", ("users", "cascade", None, None)),
    "rows.get": ("read", ("users", "1", None)),
    "rows.get-many": ("read", ("users", "[1]", None)),
    "rows.count": ("read", ("users", None, None)),
    "rows.exists": ("read", ("users", None, None)),
    "rows.execute": ("read", (0, "[]", None)),
    "rows.open-cursor": ("read", (QUESTION, 10, None)),
    "columns.insert-file": ("insert", ("users", "/in.arrow", None)),
    "columns.insert-file-keys": ("insert", ("users", "/in.arrow", None)),
    "columns.insert-bytes": ("insert", ("users", arrow(), None)),
    "columns.upsert-file": ("insert", ("users", "/in.arrow", None)),
    "columns.upsert-bytes": ("insert", ("users", arrow(), None)),
    "columns.select-file": ("read", (QUESTION, "/out.arrow", None)),
    "columns.select-bytes": ("read", (QUESTION, None)),
    "catalog.create-tables": ("migrate", (json.dumps([{**USERS, "name": "tags"}]),)),
    "catalog.drop-tables": ("migrate", ('["users"]',)),
    "catalog.migrate": ("migrate", (json.dumps([OTHERS]), "{}")),
    "maintenance.check": ("admin", ()),
    "maintenance.page-map": ("admin", ()),
    "maintenance.statistics": ("admin", ()),
    "maintenance.checkpoint": ("admin", ()),
    "maintenance.snapshot": ("admin", ("/copy.wasidb",)),
    "maintenance.compact": ("admin", ("/copy.wasidb",)),
    "maintenance.salvage": ("admin", ("/test.wasidb", "/dump.jsonl")),
    "maintenance.grant": ("manage_acl", ('{"identity": "7a", "flags": ["admin"]}',)),
    "maintenance.revoke": ("manage_acl", ('{"identity": "aa", "flags": ["admin"]}',)),
    "database.migrate": ("migrate", (MigrationPolicy(allow_destructive=True),)),
}
FREE = {
    "database": "begin-transaction commit rollback has-drift pending-migrations",
    "rows": "prepare close-statement fetch close-cursor begin-transaction savepoint rollback-to"
    " release commit commit-many rollback",
    "catalog": "tables pending-migrations",
    "maintenance": "open close access-list",
}


def test_every_function_is_accounted_for() -> None:
    free = {f"{name}.{each}" for name, functions in FREE.items() for each in functions.split()}
    interfaces = {"database": DATABASE, **INTERFACES}
    functions = {f"{name}.{each}" for name in interfaces for each in interfaces[name].functions}
    assert NEEDS.keys() | free == functions
    assert NEEDS.keys() & free == set()


def test_stranger_is_refused_and_nothing_happens(engine: EngineUnderTest) -> None:
    engine.create(USERS)
    engine.insert("users", ["id", "name"], [1, "Ann"])
    engine.close()
    before = engine.path.read_bytes()
    engine.open(identity=STRANGER)
    assert engine.call("rows", "prepare", json.dumps({"select": {"from": "users"}})) == 0
    (engine.exchange.folder / "in.arrow").write_bytes(arrow())
    for name, (permission, arguments) in NEEDS.items():
        if name == "database.migrate":
            with pytest.raises(InvalidDefinition):
                engine.create(OTHERS)
        details = {"identity": STRANGER, "permission": permission}
        if permission in PERMISSIONS:
            details["table"] = "users"
        with pytest.raises(DbmsError) as raised:
            engine.call(*name.split("."), *in_exchange(engine, arguments))
        assert raised.value.message.endswith(message_of(details))
        if not name.startswith("database."):  # which has no error of its own for it
            assert (type(raised.value), raised.value.details) == (AccessDenied, details)
    assert [each.name for each in engine.exchange.folder.iterdir()] == ["in.arrow"]
    engine.close()
    assert engine.path.read_bytes() == before
    assert [each.name for each in engine.path.parent.iterdir()] == [engine.path.name]


def in_exchange(engine: EngineUnderTest, arguments: tuple[Any, ...]) -> list[Any]:
    """Arguments, of which paths lead to the folder that the engine can see."""
    is_path = [isinstance(each, str) and each.startswith("/") for each in arguments]
    return [
        engine.exchange.name + each if path else each
        for path, each in zip(is_path, arguments, strict=True)
    ]


def message_of(details: dict[str, str]) -> str:
    where = f" on table {details['table']!r}" if "table" in details else ""
    identity, permission = details["identity"], details["permission"]
    return f"identity {identity!r} needs the permission {permission}{where}"


def test_damaged_list_gives_nobody_anything(engine: EngineUnderTest) -> None:
    engine.create(USERS)
    engine.close()
    sound = engine.path.read_bytes()
    engine.path.write_bytes(sound[:PAGE_SIZE] + b"\1" + sound[PAGE_SIZE + 1 :])
    engine.open(identity=STRANGER)
    for _ in range(2):
        with pytest.raises(Corrupted, match="access-control version is 1"):
            engine.select({"from": "users"})
    engine.close()
    engine.path.write_bytes(sound)


class User(Table, table="users"):
    id: int = Field(primary_key=True, autoincrement=True)
    name: str


def test_host_says_who_is_asking(tmp_path: Path) -> None:
    path = tmp_path / "people.wasidb"
    with wasidb.open(path, tables=[User]) as db:
        db.insert(User(name="Ann"))
        db.grant(Grants(b"ann", all_tables={"read"}))
        db.grant(Grants(b"boss", flags={"admin"}))
    with wasidb.open(path, tables=[User], identity=b"ann") as db:
        assert [user.name for user in db.select(select(User))] == ["Ann"]
        assert db.access_list() == [Grants(b"ann", all_tables={"read"})]
        with pytest.raises(AccessDenied, match="'616e6e' needs the permission insert") as raised:
            db.insert(User(name="Bob"))
        assert raised.value.details["table"] == "users"
        with pytest.raises(AccessDenied), db.transaction() as tx:
            tx.delete(User, User.id == 1)
    with wasidb.open(path, identity=b"boss") as db:
        db.compact()
        with pytest.raises(AccessDenied, match="manage_acl"):
            db.revoke(Grants(b"ann", all_tables={"read"}))
