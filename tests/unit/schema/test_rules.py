"""Rules in models and definitions."""

from typing import Any

from wasidb_schema import ColumnDefinition, Field, Table, TableDefinition

ADULT = {"Ge": ["age", 18]}


class Person(Table, table="people", checks={"adult": ADULT}):
    id: int = Field(primary_key=True)
    mail: str = Field(sanitizers=["trim"], validators=["email", {"max_length": 20}], max_length=30)
    age: int | None = None


def test_rules_are_told_to_the_engine() -> None:
    form = Person.__table__.as_json()
    assert form["checks"] == [{"name": "adult", "where": ADULT}]
    assert form["columns"][1] == {
        "name": "mail",
        "type": "text",
        "sanitizers": ["trim"],
        "validators": ["email", {"max_length": 20}],
    }
    assert TableDefinition.from_json(form).as_json() == form


def test_rules_make_no_other_table() -> None:
    bare = tuple(ColumnDefinition(c.name, c.type, c.nullable) for c in Person.__table__.columns)
    assert Person.__table__ == TableDefinition("people", "id", bare)


def test_a_default_that_is_a_function_survives() -> None:
    form: dict[str, Any] = {"name": "id", "type": "uuid", "default": {"function": "uuid"}}
    assert ColumnDefinition.from_json(form).as_json() == form
