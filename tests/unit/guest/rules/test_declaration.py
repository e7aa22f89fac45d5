"""Rules taken out of a definition's JSON and put back."""

from typing import Any

import pytest

from wasidb_guest.api.table_rules import wanted_table
from wasidb_guest.encoding.definition_json import definition_to_json
from wasidb_guest.errors import InvalidDefinition
from wasidb_guest.rules.declaration import split_rules
from wasidb_guest.rules.references import Reference

PEOPLE: dict[str, Any] = {
    "name": "people",
    "primary_key": "id",
    "columns": [
        {"name": "id", "type": "uuid", "default": {"function": "uuid"}},
        {"name": "mail", "type": "text", "sanitizers": ["trim"], "validators": ["email"]},
        {"name": "age", "type": "uint8", "default": 7},
    ],
    "checks": [{"name": "adult", "where": {"Ge": ["age", 18]}}],
    "indexes": [],
    "alignment": 32,
}


def test_what_was_taken_out_can_be_put_back() -> None:
    plain, declaration = split_rules(PEOPLE)
    assert plain["columns"] == [
        {"name": "id", "type": "uuid"},
        {"name": "mail", "type": "text"},
        {"name": "age", "type": "uint8", "default": 7},
    ]
    assert "checks" not in plain
    assert declaration.put_back(plain) == PEOPLE


BOOKINGS: dict[str, Any] = {
    "name": "bookings",
    "primary_key": "id",
    "columns": [
        {
            "name": "id",
            "type": "uint32",
            "references": {"table": "t", "column": "id", "on_delete": "cascade", "deferred": True},
        },
        {
            "name": "guest",
            "type": "uint32",
            "nullable": True,
            "references": {"table": "guests", "column": "id", "on_delete": "set_null"},
        },
    ],
    "foreign_keys": [
        {"columns": ["guest", "id"], "references": {"table": "u", "columns": ["a", "b"]}}
    ],
    "indexes": [],
    "alignment": 32,
}


def test_what_the_file_knows_of_foreign_keys_stays() -> None:
    plain, declaration = split_rules(BOOKINGS)
    assert [column["references"] for column in plain["columns"]] == [
        {"table": "t", "column": "id", "on_delete": "cascade"},
        {"table": "guests", "column": "id"},
    ]
    assert "foreign_keys" not in plain
    definition = wanted_table(BOOKINGS).definition
    assert [key.on_delete for _, key in definition.foreign_keys] == ["cascade", "restrict"]
    assert declaration.put_back(definition_to_json(definition)) == BOOKINGS


def test_foreign_keys_as_statements_keep_them() -> None:
    rules = wanted_table(BOOKINGS).rules
    assert rules is not None
    assert rules.references == (
        Reference("bookings", ("id",), "t", ("id",), "cascade", is_deferred=True),
        Reference("bookings", ("guest",), "guests", ("id",), "set_null"),
        Reference("bookings", ("guest", "id"), "u", ("a", "b")),
    )
    assert rules.references[2].name == "bookings_guest_id_fkey"


@pytest.mark.parametrize(
    ("key", "problem"),
    [
        ({"columns": ["id", "id"]}, "several different columns"),
        ({"columns": ["id", "x"]}, "several different columns"),
        ({"columns": "id"}, "several different columns"),
        ({"references": {"table": "u"}}, 'an object with "table" and "columns"'),
        ({"references": {"table": "u", "columns": ["a"]}}, "a table and 2 of its columns"),
        ({"on_delete": "set_null"}, "another action: 'id' may not be NULL"),
        ({"on_update": "set_default"}, "another action: 'guest' has no constant default"),
        ({"deferred": None}, "deferred must be true or false"),
        ({"on_insert": "cascade"}, "on_insert must be left out"),
    ],
)
def test_keys_of_several_columns_that_make_no_sense(key: dict[str, Any], problem: str) -> None:
    (plain,) = BOOKINGS["foreign_keys"]
    with pytest.raises(InvalidDefinition, match=problem):
        wanted_table({**BOOKINGS, "foreign_keys": [{**plain, **key}]})


def test_two_keys_over_the_same_columns_are_refused() -> None:
    (key,) = BOOKINGS["foreign_keys"]
    with pytest.raises(InvalidDefinition, match="those of no other foreign key"):
        wanted_table({**BOOKINGS, "foreign_keys": [key, key]})
    with pytest.raises(InvalidDefinition, match="foreign_keys must be a list"):
        wanted_table({**BOOKINGS, "foreign_keys": key})


def test_a_table_is_the_same_with_and_without_rules() -> None:
    plain, _ = split_rules(PEOPLE)
    with_rules, without = wanted_table(PEOPLE), wanted_table(plain)
    assert definition_to_json(with_rules.definition) == definition_to_json(without.definition)
    assert with_rules.rules is not None
    assert without.rules is None


@pytest.mark.parametrize(
    "value",
    [7, [], {}, {"columns": 7}, {"name": [1], "columns": [7]}, {"columns": [{"name": [1]}]}],
)
def test_what_is_no_definition_is_refused_as_ever(value: Any) -> None:
    with pytest.raises(InvalidDefinition):
        wanted_table(value)


def test_a_check_nested_too_deeply_is_refused() -> None:
    where: Any = {"Gt": ["age", 1]}
    for _ in range(20_000):
        where = {"Not": where}
    with pytest.raises(InvalidDefinition, match="nested"):
        wanted_table({**PEOPLE, "checks": [{"name": "deep", "where": where}]})
