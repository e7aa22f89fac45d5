"""The typed interface: the example of wasm-dbms with its results, errors and values."""

from collections.abc import Callable

import pytest

from tests.support.engine_under_test import EngineUnderTest
from tests.support.golden_syntax import parse_definition
from wasidb.errors import DbmsError, InvalidQuery
from wasidb.runtime.typed_contract import TYPED_ERRORS, OrderKey, Query, Value
from wasidb.typed import TypedDatabase

Row = dict[str, Value]


@pytest.fixture
def database(engine: EngineUnderTest) -> TypedDatabase:
    engine.create(
        parse_definition("users: id uint32 key, name text, email text"),
        parse_definition("posts: id uint32 key, title text, content text, user uint32 -> users.id"),
    )
    return TypedDatabase(engine)


def user(id: int, name: str) -> Row:
    email = f"{name.lower()}@example.com"
    return {"id": ("u32-val", id), "name": ("text-val", name), "email": ("text-val", email)}


def post(id: int, title: str, content: str, author: int) -> Row:
    return {
        "id": ("u32-val", id),
        "title": ("text-val", title),
        "content": ("text-val", content),
        "user": ("u32-val", author),
    }


def where_id(id: int) -> Query:
    return Query(filter=f'{{"Eq":["id",{{"Uint32":{id}}}]}}')


BY_ID = Query(order_by=[OrderKey("id", "asc")])


def test_example(database: TypedDatabase) -> None:
    alice, bob, charlie, diana = (
        user(number, name) for number, name in enumerate(["Alice", "Bob", "Charlie", "Diana"], 1)
    )
    for each in (alice, bob, charlie):
        database.insert("users", each)
    hello = post(1, "Hello World", "First post!", 1)
    database.insert("posts", hello)
    database.insert("posts", post(2, "Rust Tips", "Use iterators.", 2))
    assert database.select("users", BY_ID) == [alice, bob, charlie]
    assert database.select("posts", Query(filter='{"Eq":["user",{"Uint32":1}]}')) == [hello]

    assert database.begin_transaction() == 0
    database.insert("users", diana, 0)
    database.commit(0)
    assert database.select("users", where_id(4)) == [diana]

    assert database.begin_transaction() == 1
    database.insert("users", user(5, "Eve"), 1)
    database.rollback(1)
    assert database.select("users", where_id(5)) == []

    assert database.has_drift() is False
    assert database.pending_migrations() == []
    database.migrate(allow_destructive=False)
    assert database.select("users", BY_ID) == [alice, bob, charlie, diana]


def assert_case(error: DbmsError, case: str, what: object) -> None:
    """The error is what the host makes of this case; across the contract it also says so."""
    assert type(error) is TYPED_ERRORS[case][1]
    assert error.details.get("case", case) == case
    if "case" in error.details:
        assert error.details.get("what") == what


def test_error_cases(database: TypedDatabase) -> None:
    """Semantics 8.1: which case each refusal is, and its payload."""
    database.insert("users", user(1, "Alice"))
    database.insert("posts", post(1, "t", "c", 1))
    nameless = {"id": ("u32-val", 2), "email": ("text-val", "")}
    grouped = Query(group_by=["name"])
    refused: list[tuple[Callable[[], object], tuple[str, object]]] = [
        (lambda: database.insert("nobody", user(1, "A")), ("table-not-found", "nobody")),
        (lambda: database.insert("users", user(1, "A")), ("primary-key-conflict", None)),
        (lambda: database.insert("users", {"age": ("u8-val", 1)}), ("unknown-column", "age")),
        (lambda: database.insert("users", nameless), ("missing-non-nullable-field", "name")),
        (lambda: database.delete("users"), ("foreign-key-constraint-violation", "users.id")),
        (lambda: database.commit(9), ("transaction-not-found", None)),
        (lambda: database.insert("users", user(2, "B"), 9), ("transaction-not-found", None)),
        (lambda: database.select("users", grouped), ("aggregate-clause-in-select", None)),
        (lambda: database.select("nobody"), ("table-not-found", "nobody")),
    ]
    for action, expected in refused:
        with pytest.raises(DbmsError) as raised:
            action()
        assert_case(raised.value, *expected)
    with pytest.raises(DbmsError) as raised:
        database.insert("posts", post(2, "t", "c", 99))
    assert_case(raised.value, "broken-foreign-key-reference", "users: 99")
    with pytest.raises(InvalidQuery, match="invalid filter JSON: "):
        database.select("users", Query(filter="null"))
    assert len(database.select("users")) == 1


def test_counts(database: TypedDatabase) -> None:
    """Semantics 146: a changed key counts the rows that refer to it, a cascade all it deletes."""
    for each in (user(1, "Alice"), user(2, "Bob")):
        database.insert("users", each)
    for number in (1, 2):
        database.insert("posts", post(number, "t", "c", 1))
    alice = '{"Eq":["id",{"Uint32":1}]}'
    assert database.update("users", {"id": ("u32-val", 7)}, alice) == 3
    assert [row["user"] for row in database.select("posts", BY_ID)] == [("u32-val", 7)] * 2
    assert database.delete("users", "cascade", '{"Eq":["id",{"Uint32":7}]}') == 3
    assert database.select("posts") == []


def test_every_value_travels(engine: EngineUnderTest) -> None:
    """Semantics 2.1; 13.1, 3: datetime and uuid can be written too."""
    engine.create(
        parse_definition(
            "things: id int64 key, a boolean, b uint8, c uint16, d uint32, e uint64, f int8, "
            "g int16, h int32, i text, j blob, k decimal, l date, m datetime, n json, o uuid, "
            "p custom:role:1, q text null, r float64"
        )
    )
    row: Row = {
        "id": ("i64-val", -(2**63)),
        "a": ("bool-val", True),
        "b": ("u8-val", 255),
        "c": ("u16-val", 65535),
        "d": ("u32-val", 2**32 - 1),
        "e": ("u64-val", 2**64 - 1),
        "f": ("i8-val", -128),
        "g": ("i16-val", -32768),
        "h": ("i32-val", -(2**31)),
        "i": ("text-val", "héllo"),
        "j": ("blob-val", b"\x00\xff"),
        "k": ("decimal-val", "-1.50"),
        "l": ("date-val", "2024-02-29"),
        "m": ("datetime-val", "1999-12-31T23:59:59.000000-01:30"),
        "n": ("json-val", '{"b":1}'),
        "o": ("uuid-val", "550e8400-e29b-41d4-a716-446655440000"),
        "p": ("custom-val", ("role", b"\x02", "Guest")),
        "q": ("null-val", None),
        "r": ("custom-val", ("float64", b"\x00\x00\x00\x00\x00\x00\xf8\x3f", "1.5")),
    }
    database = TypedDatabase(engine)
    database.insert("things", row)
    (found,) = database.select("things")
    assert list(found) == list(row)
    assert found.pop("p")[1][:2] == ("role", b"\x02")
    assert found.pop("r")[1][:2] == ("float64", b"\x00\x00\x00\x00\x00\x00\xf8\x3f")
    assert found == {name: value for name, value in row.items() if name not in ("p", "r")}


def test_nulls_order_by_the_rank_of_their_type(engine: EngineUnderTest) -> None:
    """Semantics 134: kept here. NULL ranks above signed integers and below texts."""
    engine.create(parse_definition("people: id uint32 key, age int32 null, bio text null"))
    engine.insert("people", ["id", "age", "bio"], [1, 5, "x"], [2, None, None], [3, -5, "a"])
    database = TypedDatabase(engine)

    def ordered(column: str, direction: str) -> list[object]:
        query = Query(order_by=[OrderKey(column, direction)])
        return [row["id"][1] for row in database.select("people", query)]

    assert ordered("age", "asc") == [3, 1, 2]
    assert ordered("age", "desc") == [2, 1, 3]
    assert ordered("bio", "asc") == [2, 3, 1]
    assert ordered("bio", "desc") == [1, 3, 2]


def test_aggregate(engine: EngineUnderTest) -> None:
    """Semantics 61 to 66, 68."""
    engine.create(parse_definition("posts: id uint32 key, author uint32"))
    database = TypedDatabase(engine)
    everything = [("count", None), ("sum", "author"), ("avg", "author"), ("max", "id")]
    ((keys, values),) = database.aggregate("posts", Query(), everything)
    null = ("null-val", None)
    assert keys == []
    assert values == [("count", 0), ("sum", null), ("avg", null), ("max", null)]
    engine.insert("posts", ["id", "author"], [10, 1], [20, 1], [30, 1], [40, 2])
    ((_, values),) = database.aggregate("posts", Query(), everything)
    assert values == [
        ("count", 4),
        ("sum", ("decimal-val", "5")),
        ("avg", ("decimal-val", "1.25")),
        ("max", ("u32-val", 40)),
    ]
    grouped = Query(group_by=["author"], having='{"Gt":["agg0",{"Uint64":1}]}')
    (busy,) = database.aggregate("posts", grouped, [("count", None)])
    assert busy == ([("u32-val", 1)], [("count", 3)])
    by_count = Query(group_by=["author"], order_by=[OrderKey("agg0", "desc")], limit=1)
    ((keys, _),) = database.aggregate("posts", by_count, [("count", None)])
    assert keys == [("u32-val", 1)]
