"""Rules taken out of a definition's JSON and put back."""

from typing import Any

import pytest

from wasidb_guest.api.table_rules import wanted_table
from wasidb_guest.encoding.definition_json import definition_to_json
from wasidb_guest.errors import InvalidDefinition
from wasidb_guest.rules.declaration import split_rules

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
