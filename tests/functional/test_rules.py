"""Rules of tables through every way in."""

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import pyarrow as pa
import pytest

import wasidb
from tests.support.engine_under_test import EngineUnderTest
from wasidb import Field, InvalidDefinition, RuleViolated, Table, UInt8, UInt32

USERS: dict[str, Any] = {
    "name": "users",
    "primary_key": "id",
    "columns": [
        {"name": "id", "type": "uint32"},
        {
            "name": "mail",
            "type": "text",
            "sanitizers": ["trim", "lower_case"],
            "validators": ["email"],
        },
        {"name": "age", "type": "uint8", "nullable": True, "sanitizers": [{"clamp": [0, 150]}]},
    ],
    "checks": [{"name": "adult", "where": {"Ge": ["age", 18]}}],
}
PLAIN_COLUMNS = [
    {key: part for key, part in column.items() if key not in ("sanitizers", "validators")}
    for column in USERS["columns"]
]
PLAIN = {"name": "users", "primary_key": "id", "columns": PLAIN_COLUMNS}
WIDER = {
    **USERS,
    "columns": [*USERS["columns"], {"name": "note", "type": "text", "nullable": True}],
}


@pytest.fixture
def users(engine: EngineUnderTest) -> EngineUnderTest:
    engine.create(USERS)
    return engine


def rows(engine: EngineUnderTest) -> list[list[Any]]:
    order = [{"column": "id", "direction": "asc"}]
    return engine.select({"from": "users", "columns": ["id", "mail", "age"], "order_by": order})


def test_facts_of_a_violation(users: EngineUnderTest) -> None:
    with pytest.raises(RuleViolated) as violation:
        users.insert("users", ["id", "mail"], [1, "a@b.co"], [2, " Nobody "])
    assert violation.value.details == {
        "kind": "validator",
        "rule": "email",
        "table": "users",
        "column": "mail",
        "row": 1,
        "value": "nobody",
        "expected": "an e-mail address",
    }
    with pytest.raises(RuleViolated) as violation:
        users.insert("users", ["id", "mail", "age"], [7, "a@b.co", 17])
    details = {"kind": "check", "table": "users", "constraint": "adult", "row": 0, "key": 7}
    assert violation.value.details == details
    assert rows(users) == []


def test_arrow_goes_through_the_rules(users: EngineUnderTest) -> None:
    db = wasidb.Database(users)
    ages = pa.array([20, None, 200], pa.uint8())
    mails = pa.array([" A@b.co", "c@d.co", "e@f.co "])
    table = {"id": pa.array([1, 2, 3], pa.uint32()), "mail": mails, "age": ages}
    assert db.insert_arrow("users", pa.table(table)) == 3
    assert rows(users) == [[1, "a@b.co", 20], [2, "c@d.co", None], [3, "e@f.co", 150]]
    bad = pa.table({"id": pa.array([4, 5], pa.uint32()), "mail": ["x@y.co", "no"]})
    with pytest.raises(RuleViolated, match=r"users\.mail \(row 1\): 'no' is not an e-mail address"):
        db.insert_arrow("users", bad)
    assert len(rows(users)) == 3


def test_typed_rows_go_through_the_rules(users: EngineUnderTest) -> None:
    typed = wasidb.Database(users).typed
    typed.insert("users", {"id": ("u32-val", 1), "mail": ("text-val", " A@b.co ")})
    with pytest.raises(RuleViolated, match="is not an e-mail address"):
        typed.insert("users", {"id": ("u32-val", 2), "mail": ("text-val", "no")})
    with pytest.raises(RuleViolated, match="the check 'adult' does not hold"):
        typed.update("users", {"age": ("u8-val", 3)})
    assert rows(users) == [[1, "a@b.co", None]]


def test_what_a_sanitizer_refuses_has_a_case_of_its_own(engine: EngineUnderTest) -> None:
    columns = [{"name": "at", "type": "datetime", "sanitizers": ["utc"]}]
    engine.create({"name": "moments", "primary_key": "at", "columns": columns})
    typed = wasidb.Database(engine).typed
    with pytest.raises(RuleViolated, match="is not from year 0 to 65535 in UTC"):
        typed.insert("moments", {"at": ("datetime-val", "0000-01-01T00:00:00+01:00")})


def test_prepared_statements_go_through_the_rules(users: EngineUnderTest) -> None:
    insert = '{"insert": {"table": "users", "columns": ["id", "mail", "age"]}}'
    statement = users.call("rows", "prepare", insert)
    users.call("rows", "execute", statement, '[[1, "A@B.co ", 200]]', None)
    assert rows(users) == [[1, "a@b.co", 150]]
    with pytest.raises(RuleViolated):
        users.call("rows", "execute", statement, '[[2, "a@b.co", 1]]', None)
    # A statement that was prepared before keeps the rules there are when it runs.
    users.create(PLAIN)
    users.call("rows", "execute", statement, '[[2, "no", 1]]', None)
    assert rows(users)[1] == [2, "no", 1]


def test_rules_that_come_later_say_nothing_of_stored_rows(engine: EngineUnderTest) -> None:
    engine.create(PLAIN)
    engine.insert("users", ["id", "mail", "age"], [1, "nonsense", 3], [2, "a@b.co", 30])
    engine.create(USERS)
    assert rows(engine) == [[1, "nonsense", 3], [2, "a@b.co", 30]]
    # A change has to do with the cells that change, and with all checks of the row.
    assert engine.update("users", {"age": 33}) == 2
    with pytest.raises(RuleViolated, match=r"users\.mail \(row 0\): 'other' is not"):
        engine.update("users", {"mail": "other"})
    assert rows(engine) == [[1, "nonsense", 33], [2, "a@b.co", 33]]


def test_a_migration_brings_its_rules_along(users: EngineUnderTest) -> None:
    users.call("catalog", "migrate", wasidb.rows.dump([WIDER]), "{}")
    with pytest.raises(RuleViolated):
        users.insert("users", ["id", "mail", "age"], [1, "a@b.co", 17])
    users.call("catalog", "migrate", wasidb.rows.dump([{**PLAIN, "columns": PLAIN_COLUMNS[:2]}]),
               '{"allow_destructive": true}')  # fmt: skip
    assert users.insert("users", ["id", "mail"], [1, "no"]) == [1]


def test_tables_that_are_refused_leave_the_rules_as_they_were(users: EngineUnderTest) -> None:
    with pytest.raises(InvalidDefinition, match="another definition"):
        users.create({**WIDER, "checks": []})
    users.create({"name": "other", "primary_key": "id", "columns": PLAIN_COLUMNS[:1]})
    with pytest.raises(RuleViolated, match="'adult'"):
        users.insert("users", ["id", "mail", "age"], [1, "a@b.co", 17])
    wasidb.Database(users).typed.migrate(allow_destructive=True)
    assert users.insert("users", ["id", "mail", "age"], [1, "a@b.co", 17]) == [1]


def test_a_table_of_the_same_name_is_another_one(users: EngineUnderTest) -> None:
    tx = users.begin(isolation="snapshot")
    users.drop("users")
    columns = [{"name": "id", "type": "text"}, {"name": "mail", "type": "int8"}]
    clamped = {**columns[1], "sanitizers": [{"clamp": [0, 1]}]}
    users.create({"name": "users", "primary_key": "id", "columns": [columns[0], clamped]})
    users.insert("users", ["id", "mail"], [1, "a@b.co"], tx=tx)
    with pytest.raises(wasidb.Conflict):
        users.commit(tx)
    users.insert("users", ["id", "mail"], ["a", 5])
    assert users.select({"from": "users"}) == [["a", 1]]


def test_defaults_that_are_worked_out(engine: EngineUnderTest) -> None:
    columns = [
        {"name": "id", "type": "uuid", "default": {"function": "uuid"}},
        {"name": "made", "type": "datetime", "default": {"function": "now"}},
        {"name": "day", "type": "date", "nullable": True, "default": {"function": "now"}},
        {"name": "n", "type": "int8", "nullable": True},
    ]
    engine.create({"name": "things", "primary_key": "id", "columns": columns})
    before = datetime.now(UTC)
    keys = engine.insert("things", ["n"], *([n] for n in range(100)))
    after = datetime.now(UTC)
    assert len(set(keys)) == 100
    assert {UUID(key).version for key in keys} == {4}
    assert {UUID(key).variant for key in keys} == {"specified in RFC 4122"}
    found = engine.select({"from": "things"})
    (made,) = {row[1] for row in found}
    assert before <= datetime.fromisoformat(made) <= after
    (day,) = {row[2] for row in found}
    assert before.date() <= date.fromisoformat(day) <= after.date()
    # Given values stay as they are, NULL too.
    key = "00000000-0000-4000-8000-000000000000"
    assert engine.insert("things", ["id", "day"], [key, None]) == [key]
    where = {"Eq": ["id", key]}
    assert engine.select({"from": "things", "columns": ["day"], "where": where}) == [[None]]


def test_transactions_that_are_repeated_keep_what_was_worked_out(engine: EngineUnderTest) -> None:
    columns = [
        {"name": "id", "type": "uint8"},
        {"name": "mark", "type": "uuid", "default": {"function": "uuid"}},
    ]
    engine.create({"name": "things", "primary_key": "id", "columns": columns})
    tx = engine.begin()
    engine.insert("things", ["id"], [1], tx=tx)
    select = {"from": "things", "where": {"Eq": ["id", 1]}}
    seen = engine.select(select, tx=tx)
    engine.insert("things", ["id"], [2])
    engine.commit(tx)
    assert engine.select(select) == seen


class Person(
    Table, table="people", checks={"grown_up": {"Ge": ["age", 18]}}, indexes=[("age", "id")]
):
    id: UInt32 = Field(primary_key=True)
    mail: str = Field(sanitizers=["trim", "lower_case"], validators=["email", {"max_length": 20}])
    age: UInt8 | None = Field(None, sanitizers=[{"clamp": [0, 150]}])


def test_models_declare_rules(db: wasidb.Database) -> None:
    db.create_tables(Person)
    db.insert(Person(id=1, mail=" Ann@Example.com", age=200))
    assert db.get(Person, 1) == Person(id=1, mail="ann@example.com", age=150)
    with pytest.raises(RuleViolated, match="at most 20 bytes long"):
        db.update(Person, Person.id == 1, mail="somebody.else@example.com")
    with pytest.raises(RuleViolated, match="'grown_up'"):
        db.insert(Person(id=2, mail="a@b.co", age=17))
    (stored,) = db.tables()
    assert stored.checks == Person.__table__.checks
    assert [each.as_json() for each in stored.columns] == [
        each.as_json() for each in Person.__table__.columns
    ]
