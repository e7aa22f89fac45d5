"""The planner: definitions in, operations out."""

import json

import pytest

from tests.support.golden_syntax import parse_definition
from wasidb_guest.encoding.definition_json import definition_from_json
from wasidb_guest.errors import InvalidDefinition, TableNotFound, UnknownColumn
from wasidb_guest.migrations.diff import Plan, plan_migration
from wasidb_guest.migrations.operation_json import operation_to_json
from wasidb_guest.migrations.operations import (
    ORDER,
    RELAXED,
    TIGHTENED,
    AlterColumn,
    ColumnChanges,
    ForeignKeyChange,
    in_order,
    is_destructive,
    kind_of,
)
from wasidb_guest.migrations.wanted import has_drifted, wanted_from_json

USERS = "users: id uint32 key, name text, age int16 null"
POSTS = "posts: id uint32 key, author uint32 -> users.id"
EVERYTHING = """\
old: id uint32 key
users: id uint16 key, a text, b text null unique, c int8, d int8, e text default "x"; index a
posts: id uint32 key, author uint16 -> users.id
"""
EVERYTHING_ELSE = """\
people: z text null, id uint32 key, f text was e, b text, d text, a text null; align 64; was users
posts: id uint32 key, author uint32 null; index author
new: id uint32 key
"""


def plan(stored: str, wanted: str) -> Plan:
    return plan_migration(
        [definition_from_json(parse_definition(line)) for line in stored.splitlines()],
        [wanted_from_json(parse_definition(line)) for line in wanted.splitlines()],
    )


def printed(stored: str, wanted: str) -> list[str]:
    return list(map(str, plan(stored, wanted).operations))


def test_same_tables_need_nothing() -> None:
    assert printed(f"{USERS}\n{POSTS}", f"{POSTS}\n{USERS}") == []


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ("id uint32 key, name text", ["drop column users.age"]),
        ("id uint32 key, name text, age int64 null",
         ["widen column users.age from int16 to int64"]),
        ("id uint32 key, name text, age text null",
         ["transform column users.age from int16 to text"]),
        ("id uint32 key, name text, age int16", ["alter column users.age: not null"]),
        ('id uint32 key, name text default "?", age int16 null',
         ["set default of users.name to ?"]),
        ("id uint32 key, name text, years int16 null was age",
         ["rename column users.age to years"]),
        ("id uint32 key, name text, years int16 null was no was age",
         ["rename column users.age to years"]),
        ("id uint32 key, age int16 null, name text",
         ["reorder columns of users: id, age, name"]),
        ("id uint32 key auto, name text, age int16 null",
         ["alter column users.id: autoincrement"]),
        ("bio text null, id uint32 key, name text, age int16 null",
         ["add column users.bio text null first"]),
        ("id uint32 key, name text, age int16 null; index name", ["add index on users (name)"]),
        ("id uint32 key, name text, age int16 null; align 64",
         ["set alignment of users from 32 to 64"]),
        ("id uint32 key, name text unique, age int16 null",
         ["alter column users.name: unique", "add unique index on users (name)"]),
        ("id uint32, name text key, age int16 null",
         ["drop unique index on users (id)", "alter column users.id: not unique, not primary key",
          "alter column users.name: unique, primary key", "add unique index on users (name)"]),
    ],
)  # fmt: skip
def test_one_change(wanted: str, expected: list[str]) -> None:
    assert printed(USERS, f"users: {wanted}") == expected


def test_a_change_of_size_class_brings_its_alignment_along() -> None:
    fixed, variable = "t: id uint32 key", "t: id uint32 key, a text null; align 64"
    assert printed(fixed, variable) == ["add column t.a text null after id"]
    assert printed(variable, fixed) == ["drop column t.a"]


def test_names_are_followed_where_they_stand() -> None:
    wanted = "people: number uint32 key was id, label text was name, age int16 null; was users"
    posts = "posts: id uint32 key, author uint32 -> people.number"
    assert printed(f"{USERS}; index name\n{POSTS}", f"{wanted}; index label\n{posts}") == [
        "rename table users to people",
        "rename column people.id to number",
        "rename column people.name to label",
    ]


def test_a_former_name_is_given_once_and_only_if_it_is_free() -> None:
    wanted = "users: id uint32 key, a text null was name, b text null was name, age int16 null"
    assert printed(USERS, wanted) == [
        "rename column users.name to a",
        "alter column users.a: null",
        "add column users.b text null after a",
    ]
    kept = "users: id uint32 key, name text, age int16 null, b text null was name"
    assert printed(USERS, kept) == ["add column users.b text null after age"]


def test_exchanged_names_are_no_renaming() -> None:
    wanted = "t: id uint32 key, a int8 was b, b int8 was a"
    assert printed("t: id uint32 key, a int8, b int8", wanted) == []


def test_every_kind_of_operation_in_its_order() -> None:
    operations = plan(EVERYTHING, EVERYTHING_ELSE).operations
    assert in_order(reversed(operations)) != operations
    assert in_order(operations) == operations
    ranks = [
        (TIGHTENED, RELAXED)[each.changes.only_relaxes]
        if isinstance(each, AlterColumn)
        else type(each)
        for each in operations
    ]
    assert [rank for rank in ORDER if rank in ranks] == list(dict.fromkeys(ranks))
    assert {kind_of(each) for each in operations if is_destructive(each)} == {
        "drop-table",
        "drop-column",
    }


@pytest.mark.parametrize(
    ("changes", "only_relaxes"),
    [
        (ColumnChanges(nullable=True, unique=False, primary_key=False), True),
        (ColumnChanges(references=ForeignKeyChange(None)), True),
        (ColumnChanges(nullable=False), False),
        (ColumnChanges(nullable=True, unique=True), False),
        (ColumnChanges(autoincrement=False), False),
    ],
)
def test_relaxing(changes: ColumnChanges, only_relaxes: bool) -> None:
    assert changes.only_relaxes == only_relaxes


@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        ("users: id uint32 key, name text, age int16 null, x int8",
         r"column users\.x is new and needs a value"),
        ("users: id uint32 key, name date, age blob null",
         r"column users\.age cannot become blob: nothing makes it from int16"),
        ("users: id uint32 key, name text, age int16 null -> users.id",
         r"users\.age cannot reference users\.id: its type int16 differs from uint32"),
        ("users: id uint32 key, name text, age int16 null\nusers: id uint8 key",
         "table 'users' is defined twice"),
    ],
)  # fmt: skip
def test_what_cannot_be(wanted: str, message: str) -> None:
    with pytest.raises(InvalidDefinition, match=message):
        plan(USERS, wanted)


def test_all_that_cannot_be_is_said_at_once() -> None:
    wanted = "users: id uint32 key, name date, age blob null, level int8"
    with pytest.raises(InvalidDefinition, match=r"^2 things are in the way: ") as raised:
        plan(USERS, wanted)
    problems = raised.value.details["problems"]
    assert problems == [
        "column users.age cannot become blob: nothing makes it from int16",
        "column users.level is new and needs a value in every row: "
        "give it a default, or a column that may be NULL",
    ]


def test_values_that_are_given() -> None:
    """They need no default and no conversion; a column of the same type is transformed all the
    same.
    """
    stored = [definition_from_json(parse_definition(USERS))]
    line = "users: id uint32 key, name text, age date null, level int8"
    wanted = [wanted_from_json(parse_definition(line))]
    given = plan_migration(stored, wanted, {"users": ["age", "level", "name"]})
    assert list(map(str, given.operations)) == [
        "transform column users.name from text to text",
        "transform column users.age from int16 to date",
        "add column users.level int8 after age",
    ]
    with pytest.raises(UnknownColumn, match="no column 'none'"):
        plan_migration(stored, wanted, {"users": ["none"]})
    new = wanted_from_json(parse_definition("new: id uint8 key"))
    with pytest.raises(TableNotFound, match="'new' does not exist"):
        plan_migration(stored, [new], {"new": ["id"]})


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ([], "definition must be an object"),
        ({"name": "t", "primary_key": "id", "columns": 1}, "columns must be a list"),
        ({"name": "t", "primary_key": "id", "columns": [1]}, "definition must be an object"),
        ({"name": "t", "primary_key": "id", "renamed_from": "s", "columns": []},
         "renamed_from must be a list of names"),
    ],
)  # fmt: skip
def test_malformed_definitions(value: object, message: str) -> None:
    with pytest.raises(InvalidDefinition, match=message):
        wanted_from_json(value)


def test_operations_as_json() -> None:
    operations = [operation_to_json(each) for each in plan(EVERYTHING, EVERYTHING_ELSE).operations]
    assert json.loads(json.dumps(operations)) == operations
    by_text = {each["text"]: each for each in operations}
    assert by_text["drop index on people (a)"] == {
        "operation": "drop-index",
        "table": "people",
        "index": {"columns": ["a"], "unique": False},
        "destructive": False,
        "text": "drop index on people (a)",
    }
    relaxed = by_text["alter column posts.author: null, no foreign key"]
    assert relaxed["changes"] == {"nullable": True, "references": None}
    assert by_text["create table new"]["definition"]["primary_key"] == "id"
    assert by_text["drop default of people.f"]["default"] is None


def test_drift_is_what_has_operations() -> None:
    stored = [definition_from_json(parse_definition(USERS))]
    other = parse_definition(f"{USERS}; index age")
    assert not has_drifted(stored, [wanted_from_json(parse_definition(USERS))])
    assert has_drifted(stored, [wanted_from_json(other)])
    assert has_drifted(stored, [])
