"""A host that knows only the WIT runs the example of wasm-dbms against the component.

The tables are defined through `catalog`, since this component has no tables compiled in; from then
on a second instance uses nothing but the interface `database`, as a host generated from the
original WIT would.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.contract.plain_host import PlainHost, Refused

ROOT = Path(__file__).parents[2]

USERS = {
    "name": "users",
    "primary_key": "id",
    "columns": [
        {"name": "id", "type": "uint32"},
        {"name": "name", "type": "text"},
        {"name": "email", "type": "text"},
    ],
}
POSTS = {
    "name": "posts",
    "primary_key": "id",
    "columns": [
        {"name": "id", "type": "uint32"},
        {"name": "title", "type": "text"},
        {"name": "content", "type": "text"},
        {"name": "user", "type": "uint32", "references": {"table": "users", "column": "id"}},
    ],
}
EVERYTHING: dict[str, Any] = {
    "filter": None,
    "distinct-by": [],
    "eager-relations": [],
    "joins": [],
    "group-by": [],
    "having": None,
    "order-by": [],
    "limit": None,
    "offset": None,
}
BY_ID = {**EVERYTHING, "order-by": [{"column": "id", "direction": "asc"}]}

Call = Callable[..., Any]


@pytest.fixture(scope="module")
def host() -> PlainHost:
    component = ROOT / "build/wasidb.wasm"
    assert component.exists(), "build/wasidb.wasm is missing: run `just component` first"
    return PlainHost(component, ROOT / "wit/dbms.wit")


@pytest.fixture
def call(host: PlainHost, tmp_path: Path) -> Call:
    """A fresh instance over a file that has the example's two empty tables."""
    definer = host.open(tmp_path)
    definer("maintenance", "open", "wasm-dbms.db", "{}")
    definer("catalog", "create-tables", json.dumps([USERS, POSTS]))
    definer("maintenance", "close")
    return host.open(tmp_path)


def row(**cells: tuple[str, Any]) -> list[dict[str, Any]]:
    return [{"name": name, "value": value} for name, value in cells.items()]


def user(id: int, name: str) -> list[dict[str, Any]]:
    email = f"{name.lower()}@example.com"
    return row(id=("u32-val", id), name=("text-val", name), email=("text-val", email))


def post(id: int, title: str, content: str, author: int) -> list[dict[str, Any]]:
    return row(
        id=("u32-val", id),
        title=("text-val", title),
        content=("text-val", content),
        user=("u32-val", author),
    )


def where(filter: dict[str, Any]) -> dict[str, Any]:
    return {**EVERYTHING, "filter": json.dumps(filter)}


def test_example_runs_step_by_step(call: Call, tmp_path: Path) -> None:
    users = [user(1, "Alice"), user(2, "Bob"), user(3, "Charlie")]
    for each in users:
        call("database", "insert", "users", each, None)
    first = post(1, "Hello World", "First post!", 1)
    call("database", "insert", "posts", first, None)
    call("database", "insert", "posts", post(2, "Rust Tips", "Use iterators.", 2), None)
    assert call("database", "select", "users", BY_ID) == users
    assert call("database", "select", "posts", where({"Eq": ["user", {"Uint32": 1}]})) == [first]

    diana = user(4, "Diana")
    assert call("database", "begin-transaction") == 0
    call("database", "insert", "users", diana, 0)
    call("database", "commit", 0)
    assert call("database", "select", "users", where({"Eq": ["id", {"Uint32": 4}]})) == [diana]

    assert call("database", "begin-transaction") == 1
    call("database", "insert", "users", user(5, "Eve"), 1)
    call("database", "rollback", 1)
    assert call("database", "select", "users", where({"Eq": ["id", {"Uint32": 5}]})) == []

    assert call("database", "has-drift") is False
    assert call("database", "pending-migrations") == []
    call("database", "migrate", {"allow-destructive": False})
    assert call("database", "select", "users", BY_ID) == [*users, diana]
    assert (tmp_path / "wasm-dbms.db").stat().st_size % 65536 == 0


def test_errors_arrive_as_cases(call: Call) -> None:
    call("database", "insert", "users", user(1, "Alice"), None)
    refused = [
        (("insert", "nobody", user(1, "Alice"), None), ("table-not-found", "nobody")),
        (("insert", "users", user(1, "Again"), None), ("primary-key-conflict", None)),
        (
            ("insert", "users", row(id=("u32-val", 2), age=("u8-val", 1)), None),
            ("unknown-column", "age"),
        ),
        (("commit", 77), ("transaction-not-found", None)),
        (
            ("select", "users", {**EVERYTHING, "group-by": ["name"]}),
            ("aggregate-clause-in-select", None),
        ),
    ]
    for arguments, error in refused:
        with pytest.raises(Refused) as raised:
            call("database", *arguments)
        assert raised.value.error == error


def test_our_errors_carry_code_message_and_details(call: Call) -> None:
    with pytest.raises(Refused) as raised:
        call("rows", "insert", "users", '{"columns": ["id"], "rows": [["one"]]}', None)
    error = raised.value.error
    assert error["code"] == "invalid-value"
    assert json.loads(error["details"])["column"] == "id"
    assert error["message"]


def test_aggregates_and_deletes_count(call: Call) -> None:
    for each in (user(1, "Alice"), user(2, "Bob")):
        call("database", "insert", "users", each, None)
    call("database", "insert", "posts", post(1, "t", "c", 1), None)
    aggregates = [("count", None), ("max", "id")]
    rows = call("database", "aggregate", "users", EVERYTHING, aggregates)
    assert rows == [{"group-keys": [], "values": [("count", 2), ("max", ("u32-val", 2))]}]
    alice = json.dumps({"Eq": ["id", {"Uint32": 1}]})
    with pytest.raises(Refused) as raised:
        call("database", "delete", "users", "restrict", alice, None)
    assert raised.value.error == ("foreign-key-constraint-violation", "users.id")
    assert call("database", "delete", "users", "cascade", alice, None) == 2
