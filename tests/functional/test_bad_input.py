"""Bad input is refused by name and place, and leaves the database as it was and usable.

One test for each line of the list: unknown table or column, wrong type, missing required value,
duplicate key, text where an integer belongs, integers out of range, invalid UTF-8, an invalid
filter, a file that is not ours, a directory, a full disk. What only the host can notice
(permissions, locks) is in test_open.py.
"""

import json
import resource
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from tests.support.arrow import arrow_bytes
from tests.support.engine_under_test import PAGE_SIZE, EngineUnderTest, Start
from tests.support.golden_syntax import parse_definition
from wasidb.errors import (
    Corrupted,
    DbmsError,
    ForeignKeyViolated,
    InvalidDefinition,
    InvalidQuery,
    InvalidValue,
    LimitExceeded,
    MemoryFailed,
    NotNullViolated,
    PrimaryKeyConflict,
    ReadOnly,
    RowIsReferenced,
    TableNotFound,
    TransactionNotFound,
    UniqueViolated,
    UnknownColumn,
)

USERS = "users: id uint32 key, name text unique, age int8 null"
POSTS = "posts: id uint32 key, author uint32 -> users.id, body json null"


@pytest.fixture
def people(engine: EngineUnderTest) -> EngineUnderTest:
    """Two users and a post of the first."""
    engine.create(parse_definition(USERS), parse_definition(POSTS))
    engine.insert("users", ["id", "name", "age"], [1, "Ann", 30], [2, "Ben", None])
    engine.insert("posts", ["id", "author"], [10, 1])
    return engine


def contents(engine: EngineUnderTest) -> dict[str, Any]:
    return {table: engine.answer({"from": table}) for table in ("users", "posts")}


@contextmanager
def refused(engine: EngineUnderTest, error: type[DbmsError], **details: object) -> Iterator[None]:
    """Asserts that the block raises `error` with these details, and that nothing came of it."""
    before = contents(engine)
    with pytest.raises(error) as raised:
        yield
    assert type(raised.value) is error
    assert {name: raised.value.details.get(name) for name in details} == details
    assert raised.value.message
    assert contents(engine) == before
    assert engine.check() == []
    assert engine.insert("users", ["id", "name"], [99, "later"]) == [99]
    assert engine.delete("users", {"Eq": ["id", 99]}) == 1


def test_unknown_table(people: EngineUnderTest) -> None:
    actions: list[Callable[[], object]] = [
        lambda: people.insert("nobody", ["id"], [1]),
        lambda: people.select({"from": "nobody"}),
        lambda: people.update("nobody", {"id": 1}),
        lambda: people.delete("nobody"),
    ]
    for action in actions:
        with refused(people, TableNotFound, table="nobody"):
            action()


def test_unknown_column(people: EngineUnderTest) -> None:
    actions: list[Callable[[], object]] = [
        lambda: people.insert("users", ["id", "nope"], [1, 2]),
        lambda: people.select({"from": "users", "columns": ["nope"]}),
        lambda: people.select({"from": "users", "where": {"IsNull": "nope"}}),
        lambda: people.select(
            {"from": "users", "order_by": [{"column": "nope", "direction": "asc"}]}
        ),
        lambda: people.update("users", {"nope": 1}),
        lambda: people.delete("users", {"NotNull": "nope"}),
    ]
    for action in actions:
        with refused(people, UnknownColumn, table="users", column="nope"):
            action()


@pytest.mark.parametrize(
    ("column", "value", "expected"),
    [
        ("id", "3", "a whole number from 0 to 4294967295"),
        ("id", -1, "a whole number from 0 to 4294967295"),
        ("id", 4294967296, "a whole number from 0 to 4294967295"),
        ("id", 3.0, "a whole number from 0 to 4294967295"),
        ("id", True, "a whole number from 0 to 4294967295"),
        ("age", 128, "a whole number from -128 to 127"),
        ("age", -129, "a whole number from -128 to 127"),
        ("age", "30", "a whole number from -128 to 127"),
        ("name", 7, None),
        ("name", ["Ann"], None),
        ("name", {"Text": "Ann"}, None),
    ],
)
def test_wrong_value(
    people: EngineUnderTest, column: str, value: object, expected: str | None
) -> None:
    good = {"id": 3, "name": "Cid", "age": 1}
    rows = [list(good.values()), list({**good, "id": 4, "name": "Dan", column: value}.values())]
    where = {"table": "users", "column": column, "row": 1}
    if expected:
        where["expected"] = expected
    with refused(people, InvalidValue, **where):
        people.insert("users", list(good), *rows)
    with refused(people, InvalidValue, table="users", column=column):
        people.update("users", {column: value}, {"Eq": ["id", 1]})


@pytest.mark.parametrize(
    ("type", "value"),
    [
        ("decimal", "1.2.3"),
        ("decimal", "1e3"),
        ("decimal", "79228162514264337593543950336"),
        ("decimal", "0.00000000000000000000000000001"),
        ("decimal", 1.5),
        ("date", "2023-02-29"),
        ("date", "2024-13-01"),
        ("date", "yesterday"),
        ("datetime", "2024-01-01T25:00:00Z"),
        ("datetime", "2024-01-01T00:00:00.1234567Z"),
        ("uuid", "550e8400-e29b-41d4-a716-44665544000"),
        ("json", "{'a': 1}"),
        ("json", "NaN"),
        ("json", "[" * 101 + "]" * 101),
        ("blob", "not base64!"),
        ("boolean", 1),
        ("boolean", "true"),
        ("float32", 1e39),
        ("float64", "1.5"),
        ("text", "\ud800"),
    ],
)
def test_malformed_text_forms(people: EngineUnderTest, type: str, value: object) -> None:
    people.create(parse_definition(f"things: id uint8 key, it {type} null"))
    with refused(people, InvalidValue, table="things", column="it", row=0):
        people.insert("things", ["id", "it"], [1, value])
    assert people.select({"from": "things"}) == []


def test_missing_required_value(people: EngineUnderTest) -> None:
    with refused(people, NotNullViolated, table="users", column="name"):
        people.insert("users", ["id"], [3])
    with refused(people, NotNullViolated, table="users", column="name", row=1):
        people.insert("users", ["id", "name"], [3, "Cid"], [4, None])
    with refused(people, NotNullViolated, table="users", column="name"):
        people.update("users", {"name": None})


def test_duplicate_key(people: EngineUnderTest) -> None:
    with refused(people, PrimaryKeyConflict, table="users", column="id", value=1):
        people.insert("users", ["id", "name"], [3, "Cid"], [1, "Dan"])
    with refused(people, PrimaryKeyConflict, table="users", column="id", value=3):
        people.insert("users", ["id", "name"], [3, "Cid"], [3, "Dan"])
    with refused(people, UniqueViolated, table="users", column="name", value="Ann"):
        people.insert("users", ["id", "name"], [3, "Ann"])
    with refused(people, UniqueViolated, table="users", column="name", value="Ann"):
        people.update("users", {"name": "Ann"}, {"Eq": ["id", 2]})


def test_broken_references(people: EngineUnderTest) -> None:
    with refused(people, ForeignKeyViolated, table="posts", column="author", value=7):
        people.insert("posts", ["id", "author"], [11, 7])
    with refused(people, RowIsReferenced, table="users", column="id", value=1):
        people.delete("users", {"Eq": ["id", 1]})


def test_invalid_utf8_in_arrow(people: EngineUnderTest) -> None:
    offsets, data = pa.py_buffer(b"\x00\x00\x00\x00\x02\x00\x00\x00"), pa.py_buffer(b"a\xff")
    names = pa.Array.from_buffers(pa.utf8(), 1, [None, offsets, data])
    table = pa.table({"id": pa.array([3], pa.uint32()), "name": names})
    with refused(people, InvalidValue, column="name", row=0):
        insert_arrow(people, "users", table)


def test_arrow_that_does_not_fit(people: EngineUnderTest) -> None:
    with refused(people, UnknownColumn, table="users", column="nope"):
        insert_arrow(people, "users", pa.table({"id": [3], "name": ["Cid"], "nope": ["x"]}))
    with refused(people, NotNullViolated, table="users", column="name"):
        insert_arrow(people, "users", pa.table({"id": [3]}))
    with refused(people, InvalidValue, column="id"):
        insert_arrow(people, "users", pa.table({"id": ["three"], "name": ["Cid"]}))
    wide = pa.table({"id": pa.array([3, -1], pa.int64()), "name": ["Cid", "Dan"]})
    with refused(people, InvalidValue, column="id", row=1):
        insert_arrow(people, "users", wide)


def test_bytes_that_are_no_arrow(people: EngineUnderTest) -> None:
    good = arrow_bytes(pa.table({"id": pa.array([3], pa.uint32()), "name": ["Cid"]}))
    for bad in (b"", b"not arrow", good[:40], good[: len(good) // 2], bytes(64)):
        with refused(people, InvalidValue):
            people.call("columns", "insert-bytes", "users", bad, None)


def insert_arrow(engine: EngineUnderTest, table: str, data: pa.Table) -> int:
    count: int = engine.call("columns", "insert-bytes", table, arrow_bytes(data), None)
    return count


@pytest.mark.parametrize(
    "filter",
    [
        "",
        "{",
        "null",
        "[]",
        '"id"',
        "{}",
        '{"Eq": ["id", 1]} {}',
        '{"Eq": ["id", 1], "Ne": ["id", 2]}',
        '{"eq": ["id", 1]}',
        '{"Eq": ["id"]}',
        '{"Eq": ["id", 1, 2]}',
        '{"Eq": [7, 1]}',
        '{"And": [{"IsNull": "id"}]}',
        '{"In": ["id", 1]}',
        '{"Eq": ["id", {"Uint32": 1.5}]}',
        '{"Eq": ["id", {"Uint32": 4294967296}]}',
        '{"Eq": ["id", {"Unsigned": 1}]}',
        '{"Eq": ["id", {"Text": "1"}]}',
        '{"Like": ["id", "1%"]}',
        '{"Json": ["name", {"HasKey": "a"}]}',
        '{"Not": ' * 200 + '{"IsNull": "id"}' + "}" * 200,
        "[" * 100_000,
        r'{"Eq": ["name", "\ud800"]}',
        r'{"Like": ["name", "\uDFFF%"]}',
    ],
)
def test_invalid_filter(people: EngineUnderTest, filter: str) -> None:
    with refused(people, InvalidQuery):
        people.call("rows", "delete", "users", "cascade", filter, None)
    with refused(people, InvalidQuery):
        people.call("rows", "update", "users", '{"age": 1}', filter, None)


@pytest.mark.parametrize(
    "statement",
    [
        "",
        "[]",
        "{}",
        '{"from": 7}',
        '{"from": "users", "wherever": {}}',
        '{"from": "users", "limit": -1}',
        '{"from": "users", "limit": "1"}',
        '{"from": "users", "limit": 18446744073709551616}',
        '{"from": "users", "columns": "id"}',
        '{"from": "users", "order_by": [{"column": "id", "direction": "up"}]}',
        '{"from": "users", "group_by": ["name"], "columns": ["age"]}',
        '{"from": "users", "aggregates": [{"function": "mode", "column": "age", "as": "m"}]}',
        '{"from": "users", "aggregates": [{"function": "sum", "column": "name", "as": "s"}]}',
        '{"from": "users", "joins": [{"join_type": "Cross", "table": "posts"}]}',
        '{"from": "users", "from": "posts"}',
        '{"from": "users", "limit": 1e3}',
        '{"from": ' * 100_000,
        r'{"from": "users", "aggregates": [{"function": "count", "as": "\ud800"}]}',
        r'{"from": "users", "as": "\ud83d\ud83d\ude00"}',
        r'{"from": "users", "\\\udc00": 1}',
        r'{"from": "posts", "include": [{"one": "author", "as": "\uDABC"}]}',
    ],
)
def test_invalid_statement(people: EngineUnderTest, statement: str) -> None:
    with refused(people, InvalidQuery):
        people.call("rows", "select", statement, None)


def test_characters_beyond_16_bits_are_text(people: EngineUnderTest) -> None:
    people.insert("users", ["id", "name"], [3, "\U0001f600"], [4, "\\ud800"])
    for escaped, key in ((r"\ud83d\uDE00", 3), (r"\\ud800", 4)):
        where = f'{{"from": "users", "columns": ["id"], "where": {{"Eq": ["name", "{escaped}"]}}}}'
        assert json.loads(people.call("rows", "select", where, None))["rows"] == [[key]]


@pytest.mark.parametrize(
    ("error", "rows"),
    [
        (InvalidQuery, ""),
        (InvalidQuery, "[]"),
        (InvalidQuery, '{"columns": ["id"]}'),
        (InvalidQuery, '{"columns": ["id", "name"], "rows": [[3]]}'),
        (InvalidQuery, '{"columns": ["id", "id"], "rows": [[3, 3]]}'),
        (InvalidQuery, '{"columns": ["id", "name"], "rows": [{"id": 3}]}'),
        (InvalidQuery, '{"columns": ["id", "name"], "rows": [[3, "Cid"]], "more": 1}'),
        (InvalidQuery, '{"columns": ["id"], "rows": [], "columns": ["name"]}'),
        (InvalidQuery, '{"columns": ["id", "name"], "rows": ' + "[" * 100_000),
        (InvalidQuery, '{"columns": ["id", "name"], "rows": [[NaN, "Cid"]]}'),
        (UnknownColumn, r'{"columns": ["id", "\ud800"], "rows": [[3, "Cid"]]}'),
    ],
)
def test_invalid_rows(people: EngineUnderTest, error: type[DbmsError], rows: str) -> None:
    for function in ("insert", "upsert"):
        with refused(people, error):
            people.call("rows", function, "users", rows, None)


@pytest.mark.parametrize(
    "definition",
    [
        {},
        {"name": "t", "primary_key": "id", "columns": []},
        {"name": "", "primary_key": "id", "columns": [{"name": "id", "type": "uint8"}]},
        {"name": "t", "primary_key": "no", "columns": [{"name": "id", "type": "uint8"}]},
        {"name": "t", "primary_key": "id", "columns": [{"name": "id", "type": "integer"}]},
        {"name": "t", "primary_key": "id", "columns": [{"name": "id", "type": "uint8"}] * 2},
        {
            "name": "t",
            "primary_key": "id",
            "columns": [{"name": "id", "type": "uint8", "nullable": True}],
        },
        {
            "name": "t",
            "primary_key": "id",
            "columns": [{"name": "id", "type": "text", "autoincrement": True}],
        },
        {"name": "t", "primary_key": "id", "columns": [{"name": "id", "type": "uint8", "size": 4}]},
        {
            "name": "t",
            "primary_key": "id",
            "columns": [{"name": "id", "type": "text"}],
            "alignment": 24,
        },
        {
            "name": "t",
            "primary_key": "id",
            "columns": [{"name": "id", "type": "text"}],
            "indexes": [["x"]],
        },
        {"name": "x" * 256, "primary_key": "id", "columns": [{"name": "id", "type": "uint8"}]},
    ],
    ids=lambda definition: json.dumps(definition)[:60],
)
def test_invalid_definition(people: EngineUnderTest, definition: dict[str, Any]) -> None:
    before = json.loads(people.call("catalog", "tables"))
    with refused(people, InvalidDefinition):
        people.create(parse_definition("fine: id uint8 key"), definition)
    assert json.loads(people.call("catalog", "tables")) == before


def test_unknown_transaction(people: EngineUnderTest) -> None:
    actions: list[Callable[[], object]] = [
        lambda: people.insert("users", ["id", "name"], [3, "Cid"], tx=7),
        lambda: people.select({"from": "users"}, 7),
        lambda: people.update("users", {"age": 1}, None, 7),
        lambda: people.delete("posts", None, 7),
        lambda: people.commit(7),
    ]
    for action in actions:
        with refused(people, TransactionNotFound, transaction=7):
            action()


def test_row_larger_than_a_page(people: EngineUnderTest) -> None:
    people.create(parse_definition("notes: id uint32 key, title text, body text"))
    with refused(people, LimitExceeded, table="notes", column="body", row=0):
        people.insert("notes", ["id", "title", "body"], [1, "t", "x" * 65_536])
    with refused(people, LimitExceeded, table="notes", row=1):
        people.insert(
            "notes", ["id", "title", "body"], [1, "a", "b"], [2, "x" * 40_000, "y" * 40_000]
        )
    assert people.insert("notes", ["id", "title", "body"], [1, "", "x" * 65_490]) == [1]
    assert people.select({"from": "notes"}) == [[1, "", "x" * 65_490]]


@pytest.mark.parametrize(
    "content",
    [b"hello", bytes(PAGE_SIZE - 1), bytes(PAGE_SIZE * 3 + 1)],
    ids=["text", "a byte short", "a byte too long"],
)
def test_file_of_the_wrong_size(start: Start, tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "other.bin"
    path.write_bytes(content)
    with pytest.raises(MemoryFailed, match="no multiple of 65536"):
        start(path, False)
    assert path.read_bytes() == content


@pytest.mark.parametrize(
    "content",
    [
        b"A" * PAGE_SIZE * 4,
        b"A" * PAGE_SIZE,
        b"\x00" * 8 + b"\xff" * (PAGE_SIZE * 3 - 8),
        b"\x01" + bytes(PAGE_SIZE * 3 - 1),
    ],
    ids=["letters", "a page of letters", "ones", "a hash of no tables"],
)
def test_file_of_something_else(start: Start, tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "other.bin"
    path.write_bytes(content)
    with pytest.raises(Corrupted) as raised:
        start(path, False)
    assert {"page", "offset", "what"} <= set(raised.value.details)
    assert path.read_bytes() == content


def test_directory(start: Start, tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    with pytest.raises(MemoryFailed, match="is a directory"):
        start(folder, False)


def test_read_only_database_refuses_changes(people: EngineUnderTest) -> None:
    people.reopen(read_only=True)
    before = contents(people)
    content = people.path.read_bytes()
    actions: list[Callable[[], object]] = [
        lambda: people.insert("users", ["id", "name"], [3, "Cid"]),
        lambda: people.update("users", {"age": 1}),
        lambda: people.delete("posts"),
        lambda: people.create(parse_definition("more: id uint8 key")),
    ]
    for action in actions:
        with pytest.raises(ReadOnly):
            action()
    assert contents(people) == before
    people.close()
    assert people.path.read_bytes() == content


@contextmanager
def disk_of(size: int) -> Iterator[None]:
    """No file may grow beyond `size` bytes: the system refuses as it does on a full disk."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_full_disk(people: EngineUnderTest) -> None:
    before = contents(people)
    rows = [[i, f"name {i} " * 20] for i in range(1000, 3000)]
    with disk_of(people.path.stat().st_size + PAGE_SIZE), pytest.raises(MemoryFailed) as raised:
        people.insert("users", ["id", "name"], *rows)
    assert "write" in raised.value.message
    assert contents(people) == before
    assert people.check() == []
    assert len(people.insert("users", ["id", "name"], *rows)) == len(rows)
    people.reopen()
    assert len(people.select({"from": "users"})) == len(rows) + 2
