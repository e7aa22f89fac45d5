import json
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from wasidb_guest import values
from wasidb_guest.definitions import Default, ForeignKey, IndexDefinition
from wasidb_guest.encoding.definition_json import definition_from_json, definition_to_json
from wasidb_guest.encoding.snapshot import decode_snapshot
from wasidb_guest.errors import InvalidDefinition

DATA = Path(__file__).parent / "data"

POSTS: dict[str, Any] = {
    "name": "posts",
    "primary_key": "id",
    "columns": [
        {"name": "id", "type": "uint32", "autoincrement": True},
        {"name": "title", "type": "text", "unique": True, "default": "untitled"},
        {"name": "role", "type": {"custom": "role", "width": 1}, "nullable": True},
        {
            "name": "author",
            "type": "uint32",
            "references": {"table": "users", "column": "id", "on_delete": "cascade"},
        },
        {"name": "mood", "type": {"custom": "mood"}, "nullable": True, "default": None},
        {"name": "photo", "type": "blob", "default": "AQI="},
        {"name": "weight", "type": "float64", "default": "NaN"},
    ],
    "indexes": [["author"], ["author", "title"]],
    "unique": [["author", "mood"]],
    "alignment": 64,
}


def test_reads_what_a_table_is() -> None:
    table = definition_from_json(POSTS)
    assert table.name == "posts"
    assert table.alignment == 64
    assert table.column("id").autoincrement
    assert table.column("title").default == Default("untitled", values.TEXT)
    assert table.column("role").type == values.custom("role", 1)
    assert table.column("author").references == ForeignKey("users", "id", "cascade")
    assert table.column("mood").default == Default(None, values.custom("mood"))
    assert table.column("photo").default == Default(b"\x01\x02", values.BLOB)
    assert table.indexes[2] == IndexDefinition(("author", "mood"), unique=True)
    assert table.indexes[3] == IndexDefinition(("author",))


def test_round_trip() -> None:
    table = definition_from_json(POSTS)
    written = json.loads(json.dumps(definition_to_json(table)))
    assert written == POSTS
    assert definition_to_json(definition_from_json(written)) == written


def test_what_is_not_said() -> None:
    minimal = {"name": "t", "primary_key": "id", "columns": [{"name": "id", "type": "text"}]}
    table = definition_from_json(minimal)
    assert table.alignment == 32
    assert definition_to_json(table) == {**minimal, "indexes": [], "alignment": 32}


def test_delete_is_restricted_unless_said_otherwise() -> None:
    posts = deepcopy(POSTS)
    del posts["columns"][3]["references"]["on_delete"]
    assert definition_from_json(posts).column("author").references == ForeignKey("users", "id")


def test_defaults_are_kept_in_one_spelling() -> None:
    posts = deepcopy(POSTS)
    posts["columns"].append({"name": "at", "type": "datetime", "default": "2024-01-01 10:00"})
    default = definition_from_json(posts).column("at").default
    assert default == Default("2024-01-01T10:00:00.000000+00:00", values.DATETIME)


def test_tables_of_the_rust_engine() -> None:
    """Its definitions come back the same, but for alignments and duplicates it should not have."""
    for case in json.loads((DATA / "snapshots.json").read_text()):
        for stored in case["tables"]:
            table = decode_snapshot(bytes.fromhex(stored["snapshot"]), page=3)
            written = definition_to_json(table)
            if table.alignment == 100:
                with pytest.raises(InvalidDefinition, match="alignment must be a power of two"):
                    definition_from_json(written)
            elif table.is_fixed_size or table.alignment & table.alignment - 1 == 0:
                again = definition_from_json(written)
                assert definition_to_json(again) == written
                assert again.columns == table.columns
                assert set(again.indexes) <= set(table.indexes)


def changed(change: Any) -> dict[str, Any]:
    posts = deepcopy(POSTS)
    change(posts)
    return posts


def column(**change: Any) -> Any:
    return lambda posts: posts["columns"][2].update(change)


REFUSED: dict[str, tuple[Any, str, str | None]] = {
    "unknown key": (lambda t: t.update(index=[]), "index", None),
    "no name": (lambda t: t.pop("name"), "name", None),
    "no columns": (lambda t: t.pop("columns"), "columns", None),
    "columns": (lambda t: t.update(columns={}), "columns", None),
    "alignment": (lambda t: t.update(alignment=True), "alignment", None),
    "indexes": (lambda t: t.update(indexes=["author"]), "indexes[0]", None),
    "index": (lambda t: t.update(indexes=[["id"], [1]]), "indexes[1]", None),
    "unique": (lambda t: t.update(unique=["author"]), "unique[0]", None),
    "column": (lambda t: t["columns"].append("x"), "definition", "#7"),
    "nameless column": (lambda t: t["columns"].append({"type": "text"}), "name", "#7"),
    "unknown column key": (column(defualt=1), "defualt", "role"),
    "nullable": (column(nullable=1), "nullable", "role"),
    "unknown type": (column(type="string"), "type", "role"),
    "type": (column(type=5), "type", "role"),
    "custom": (column(type={"width": 1}), "type.custom", "role"),
    "custom key": (column(type={"custom": "role", "size": 1}), "type.size", "role"),
    "width": (column(type={"custom": "role", "width": "1"}), "type.width", "role"),
    "no width": (column(type={"custom": "role", "width": 0}), "type.width", "role"),
    "references": (column(references="users"), "references", "role"),
    "target": (column(references={"table": "users"}), "references.column", "role"),
    "on delete": (
        column(references={"table": "users", "column": "id", "on_delete": "set null"}),
        "references.on_delete",
        "role",
    ),
    "default": (column(default="AAA="), "default", "role"),
    "default base64": (column(default="?"), "default", "role"),
    "default type": (column(type="int8", default=128), "default", "role"),
}


@pytest.mark.parametrize(("change", "key", "where"), REFUSED.values(), ids=REFUSED)
def test_refused(change: Any, key: str, where: str | None) -> None:
    with pytest.raises(InvalidDefinition) as caught:
        definition_from_json(changed(change))
    details = caught.value.details
    assert details["key"] == key
    assert details.get("column") == where
    assert details["table"] in ("posts", "")


@pytest.mark.parametrize("value", [None, [], "posts", 5])
def test_a_definition_is_an_object(value: object) -> None:
    with pytest.raises(InvalidDefinition, match="must be an object"):
        definition_from_json(value)
