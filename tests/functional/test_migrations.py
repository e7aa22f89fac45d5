"""Migrations from Python: models change, rows stay."""

import json
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pytest

import wasidb
from tests.support.engine_under_test import EngineUnderTest
from wasidb import (
    Conflict,
    Database,
    Field,
    Int16,
    Int64,
    InvalidDefinition,
    InvalidValue,
    MemoryFailed,
    NotNullViolated,
    ReadOnly,
    Table,
    TableNotFound,
    TypedDatabase,
    UniqueViolated,
    UnknownColumn,
    select,
)
from wasidb.errors import DbmsError
from wasidb.migrations import Transforms
from wasidb.runtime.typed_contract import ColumnChanges, ColumnSnapshot, ForeignKey, IndexSnapshot


class OldUser(Table, table="users"):
    id: Int16 = Field(primary_key=True)
    mail: str
    fax: str | None = None


class OldPost(Table, table="posts"):
    id: int = Field(primary_key=True)
    author: Int16 = Field(references="users.id", index=False)


class Member(Table, table="members", renamed_from="users"):
    id: Int64 = Field(primary_key=True)
    level: int = 1
    email: str = Field(unique=True, renamed_from=["e_mail", "mail"])


class Post(Table, table="posts"):
    id: int = Field(primary_key=True)
    author: Int64 = Field(references="members.id", on_delete="cascade", index=True)


OPERATIONS = [
    "rename table users to members",
    "drop column members.fax (destructive)",
    "rename column members.mail to email",
    "widen column members.id from int16 to int64",
    "widen column posts.author from int16 to int64",
    "add column members.level int64 after id",
    "alter column members.email: unique",
    "alter column posts.author: references members.id on delete cascade",
    "add unique index on members (email)",
    "add index on posts (author)",
]


@pytest.fixture
def old(db: Database) -> Database:
    db.create_tables(OldUser, OldPost)
    db.insert([OldUser(id=1, mail="a@b"), OldUser(id=2, mail="c@d", fax="1")])
    db.insert(OldPost(id=7, author=2))
    return db


def test_models_change_and_rows_stay(old: Database) -> None:
    assert list(map(str, old.migrate(Member, Post, dry_run=True))) == OPERATIONS
    done = old.migrate(Member, Post, allow_destructive=True)
    assert list(map(str, done)) == OPERATIONS
    assert old.migrate(Member, Post, dry_run=True) == []
    assert old.get(Member, 2) == Member(id=2, level=1, email="c@d")
    assert old.select(select(Post).where(Post.author == 2)) == [Post(id=7, author=2)]
    assert old.delete(Member, Member.email == "c@d") == 2
    old.create_tables(Member, Post)


def test_an_operation_has_its_parts(old: Database) -> None:
    operations = {each.kind: each for each in old.migrate(Member, Post, dry_run=True)}
    assert operations["rename-column"].details == {
        "table": "members",
        "old": "mail",
        "new": "email",
    }
    assert operations["drop-column"].is_destructive
    added = operations["add-column"].details
    assert added["column"] == {"name": "level", "type": "int64", "default": 1}
    assert added["after"] == "id"
    assert operations["alter-column"].details["changes"] == {
        "references": {"table": "members", "column": "id", "on_delete": "cascade"}
    }
    assert operations["widen-column"].details["old_type"] == "int16"


def test_data_is_not_lost_unasked(old: Database) -> None:
    with pytest.raises(InvalidDefinition, match=r"drop column members\.fax") as raised:
        old.migrate(Member, Post)
    assert raised.value.details["operations"] == ["drop column members.fax"]
    assert [user.fax for user in old.select(select(OldUser))] == [None, "1"]


def test_migration_waits_for_nobody(old: Database) -> None:
    with old.transaction() as tx:
        tx.insert(OldUser(id=3, mail="e@f"))
        with pytest.raises(Conflict, match="a transaction is open; end that first"):
            old.migrate(Member, Post, allow_destructive=True)
    old.migrate(Member, Post, allow_destructive=True)
    assert old.get(Member, 3) == Member(id=3, level=1, email="e@f")


def test_nothing_is_migrated_in_a_database_to_be_read(engine: EngineUnderTest) -> None:
    stored = {"name": "t", "primary_key": "id", "columns": [{"name": "id", "type": "uint8"}]}
    engine.create(stored)
    engine.close()
    engine.open(read_only=True)
    migrate(engine, stored)
    wider = {**stored, "columns": [{"name": "id", "type": "uint16"}]}
    with pytest.raises(ReadOnly):
        migrate(engine, wider)
    assert len(json.loads(engine.call("catalog", "pending-migrations", json.dumps([wider])))) == 1
    engine.reopen()


def test_a_refused_migration_changes_nothing(old: Database) -> None:
    old.insert(OldUser(id=3, mail="a@b"))
    before = old.tables()
    with pytest.raises(UniqueViolated) as raised:
        old.migrate(Member, Post, allow_destructive=True)
    assert raised.value.details == {
        "table": "members",
        "constraint": "members_email_key",
        "column": "email",
        "value": "a@b",
        "rows": [1, 3],
    }
    assert old.tables() == before
    assert len(old.select(select(OldUser))) == 3


def test_statements_follow(old: Database) -> None:
    """What was prepared for the old tables is prepared anew for the new ones."""

    class Wide(Table, table="posts"):
        author: Int16 = Field(references="users.id", index=False)
        id: int = Field(primary_key=True)
        title: str = "?"

    old.insert(OldPost(id=8, author=1))
    cursor = old.stream(select(OldPost).order_by(OldPost.id), page_rows=1)
    assert next(cursor) == OldPost(id=7, author=2)
    assert old.get(OldPost, 7) == OldPost(id=7, author=2)
    old.migrate(OldUser, Wide)
    assert old.get(Wide, 7) == Wide(author=2, id=7, title="?")
    assert old.get(OldPost, 7) == OldPost(id=7, author=2)
    assert list(cursor) == [OldPost(id=8, author=1)]


def test_large_table(engine: EngineUnderTest, is_compiled: bool) -> None:
    """Many pages, and indexes of several levels; the file does not grow with every migration."""
    narrow = {"name": "t", "primary_key": "id", "indexes": [["tag"]]}
    narrow["columns"] = [{"name": "id", "type": "uint32"}, {"name": "tag", "type": "text"}]
    wide = {**narrow, "columns": [{"name": "id", "type": "uint64"}, narrow["columns"][1]]}
    db = Database(engine)
    count = 4_000 if is_compiled else 1_200
    engine.create(narrow)
    engine.insert("t", ["id", "tag"], *([i, f"tag {i % 400:0100}"] for i in range(count)))
    sizes = set()
    for definition in (wide, narrow) * 2:
        migrate(engine, definition)
        engine.call("maintenance", "checkpoint")
        sizes.add(engine.path.stat().st_size)
        assert engine.check() == []
        assert engine.select({"from": "t", "where": {"Eq": ["id", count - 1]}}) != []
        found = engine.select({"from": "t", "where": {"Eq": ["tag", f"tag {3:0100}"]}})
        assert len(found) == count // 400
    assert len(sizes) <= 2
    assert db.table("t").column("id").type == "uint32"


def migrate(engine: EngineUnderTest, *definitions: object) -> None:
    engine.call("catalog", "migrate", wasidb.rows.dump(definitions), "{}")


def test_grants_follow_a_table_to_its_new_name(old: Database) -> None:
    mine = wasidb.Grants(b"ann", tables={"users": {"read"}, "posts": {"insert"}})
    old.grant(mine)
    old.migrate(Member, Post, allow_destructive=True)
    (grants,) = old.access_list()
    assert grants.tables == {"members": {"read"}, "posts": {"insert"}}
    assert grants.unknown_tables == {}


# The typed interface


@pytest.fixture
def drifted(old: Database) -> TypedDatabase:
    with pytest.raises(InvalidDefinition, match="'members' is stored as 'users': migrate"):
        old.create_tables(Member, Post)
    return old.typed


def test_typed_rows_are_out_of_reach_while_tables_differ(drifted: TypedDatabase) -> None:
    """Semantics 121: beginning and rolling back works."""
    transaction = drifted.begin_transaction()
    refused = [
        lambda: drifted.select("users"),
        lambda: drifted.insert("users", {"id": ("i16-val", 9)}),
        lambda: drifted.update("users", {}),
        lambda: drifted.delete("posts"),
        lambda: drifted.commit(transaction),
    ]
    assert drifted.has_drift()
    for action in refused:
        with pytest.raises(InvalidDefinition, match="differ from the registered ones"):
            action()
    drifted.rollback(transaction)


def test_typed_migration(drifted: TypedDatabase, db: Database) -> None:
    with pytest.raises(InvalidDefinition, match="would lose data"):
        drifted.migrate()
    assert drifted.has_drift()
    operations = dict(drifted.pending_migrations())
    assert list(operations) == [
        "drop-column", "rename-column", "widen-column", "add-column", "alter-column", "add-index"
    ]  # fmt: skip
    drifted.migrate(allow_destructive=True)
    assert not drifted.has_drift()
    assert drifted.pending_migrations() == []
    drifted.migrate()
    assert drifted.select("posts") == [{"id": ("i64-val", 7), "author": ("i64-val", 2)}]
    assert db.get(Member, 1) == Member(id=1, level=1, email="a@b")


def test_typed_operations(drifted: TypedDatabase) -> None:
    operations = drifted.pending_migrations()
    level = ColumnSnapshot(
        "level", ("int64", None), False, False, False, False, None, ("i64-val", 1)
    )
    key = ("set", ForeignKey("members", "id", "cascade"))
    assert ("add-column", ("members", level)) in operations
    assert ("drop-column", ("members", "fax")) in operations
    assert ("rename-column", ("members", "mail", "email")) in operations
    widened = ("posts", "author", ("int16", None), ("int64", None))
    assert ("widen-column", widened) in operations
    rules = ("posts", "author", ColumnChanges(None, None, None, None, key))
    assert ("alter-column", rules) in operations
    assert ("add-index", ("members", IndexSnapshot(["email"], True))) in operations


def test_typed_tables_to_be_created(engine: EngineUnderTest, db: Database) -> None:
    """Semantics 121: what is only stored is dropped; a custom type and a default are told."""
    role = {"custom": "role", "width": 2}
    columns = [
        {"name": "id", "type": "uint8"},
        {"name": "role", "type": role, "default": "AQI="},
        {"name": "tag", "type": {"custom": "tag"}, "nullable": True},
    ]
    stored = {"name": "t", "primary_key": "id", "columns": columns[:1]}
    text = wasidb.rows.dump([{**stored, "name": name} for name in ("other", "stale")])
    engine.call("catalog", "create-tables", text)
    engine.reopen()
    other = {**stored, "name": "other", "columns": [{"name": "id", "type": "uint16"}]}
    wanted = [{**stored, "columns": columns}, other]
    with pytest.raises(InvalidDefinition, match="another definition"):
        engine.call("catalog", "create-tables", wasidb.rows.dump(wanted))
    created, widened, dropped = db.typed.pending_migrations()
    assert widened[0] == "widen-column"
    assert dropped == ("drop-table", "stale")
    case, (name, schema) = created
    assert (case, name) == ("create-table", "t")
    assert schema[:4] == (1, "t", "id", 32)
    assert schema[4] == [
        ("id", ("uint8", None), False, False, True, True, None, None),
        (
            "role", ("custom", ("role", ("fixed", 2))), False, False, False, False, None,
            ("custom-val", ("role", b"\x01\x02", "")),
        ),
        (
            "tag", ("custom", ("tag", ("length-prefixed", None))), True, False, False, False, None,
            None,
        ),
    ]  # fmt: skip
    assert schema[5] == [(["id"], True)]


def test_typed_refusals_are_migration_errors(db: Database) -> None:
    class Loose(Table, table="t"):
        id: int = Field(primary_key=True)
        name: str | None = None

    class Strict(Table, table="t"):
        id: int = Field(primary_key=True)
        name: str

    db.create_tables(Loose)
    db.insert(Loose(id=1))
    with pytest.raises(InvalidDefinition):
        db.create_tables(Strict)
    with pytest.raises(InvalidDefinition, match=r"column t\.name needs a value"):
        db.typed.migrate()
    assert db.typed.has_drift()
    with pytest.raises(NotNullViolated):
        db.migrate(Strict)


@pytest.mark.parametrize(
    "options",
    [
        "",
        "[]",
        '{"allow_destructive": 1}',
        '{"allow": true}',
        '{"allow_destructive"',
        '{"columns": []}',
        '{"columns": {"t": "f"}}',
        '{"columns": {"t": {"file": "f"}}}',
        '{"columns": {"t": {"file": "f", "names": []}}}',
        '{"columns": {"t": {"file": "f", "names": ["a", "a"]}}}',
        '{"columns": {"t": {"file": 1, "names": ["a"]}}}',
    ],
)
def test_malformed_options(engine: EngineUnderTest, options: str) -> None:
    with pytest.raises(DbmsError, match="invalid options JSON") as raised:
        engine.call("catalog", "migrate", "[]", options)
    assert raised.value.code == "invalid-query"


@pytest.mark.parametrize("names", ["mail", [1], None, {}])
def test_malformed_former_names(engine: EngineUnderTest, names: object) -> None:
    columns = [{"name": "id", "type": "uint8", "renamed_from": names}]
    table = {"name": "t", "primary_key": "id", "columns": columns}
    with pytest.raises(
        InvalidDefinition, match="column 'id': renamed_from must be a list of names"
    ):
        migrate(engine, table)


# Transforms


class Person(Table, table="people"):
    id: int = Field(primary_key=True)
    name: str
    born: int | None = None


PEOPLE = [Person(id=3, name="ann Smith", born=1990), Person(id=1, name="Bob Jones")]


@pytest.fixture
def people(db: Database) -> Database:
    db.create_tables(Person)
    db.insert(PEOPLE)
    return db


class Citizen(Table, table="citizens", renamed_from="people"):
    id: str = Field(primary_key=True)
    family: str
    name: str
    born: Int16 | None = None


TRANSFORMS: Transforms = {
    "citizens.family": lambda rows: pc.list_element(pc.split_pattern(rows["name"], " "), 1),
    "citizens.name": lambda rows: [name.as_py().title() for name in rows["name"]],
    "citizens.id": lambda rows: pc.binary_join_element_wise("no", rows["id"].cast("string"), " "),
}


def test_transforms_make_columns_of_stored_rows(people: Database) -> None:
    """A new column without a default, one that keeps its type, and the key."""
    done = people.migrate(Citizen, transforms=TRANSFORMS)
    assert list(map(str, done)) == [
        "rename table people to citizens",
        "transform column citizens.id from int64 to text",
        "transform column citizens.name from text to text",
        "transform column citizens.born from int64 to int16",
        "add column citizens.family text after id",
    ]
    assert people.select(select(Citizen)) == [
        Citizen(id="no 3", family="Smith", name="Ann Smith", born=1990),
        Citizen(id="no 1", family="Jones", name="Bob Jones"),
    ]
    assert people.get(Citizen, "no 3") is not None


def test_transforms_of_no_rows(people: Database) -> None:
    people.delete(Person, None)
    people.migrate(Citizen, transforms=TRANSFORMS)
    assert people.select(select(Citizen)) == []


@pytest.mark.parametrize(
    ("transform", "error", "message"),
    [
        (lambda rows: [None] * len(rows), NotNullViolated, r"citizens\.family needs a value"),
        (lambda rows: ["a"], InvalidValue, "'family' made 1 values of 2 rows"),
        (lambda rows: [1, 2], InvalidValue, r"citizens\.family of type text cannot store"),
        (lambda rows: rows["none"], KeyError, "none"),
    ],
)
def test_transforms_that_fail(
    people: Database, transform: Any, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        people.migrate(Citizen, transforms={**TRANSFORMS, "citizens.family": transform})
    assert people.select(select(Person)) == PEOPLE
    assert list(people._engine.exchange.folder.iterdir()) == []


@pytest.mark.parametrize(
    ("place", "error"), [("nobody.name", TableNotFound), ("citizens.none", UnknownColumn)]
)
def test_transforms_of_what_is_not_there(
    people: Database, place: str, error: type[Exception]
) -> None:
    with pytest.raises(error):
        people.migrate(Citizen, transforms={**TRANSFORMS, place: lambda rows: rows["name"]})


def test_a_stream_of_other_rows_is_refused(people: Database) -> None:
    engine = people._engine
    path = engine.exchange.folder / "columns.arrow"
    named = path.with_name("other.arrow")
    options = {"columns": {"people": {"file": engine.exchange.name_of(path), "names": ["name"]}}}
    definitions = wasidb.rows.dump([Person.__table__.as_json()])

    def migrate_with(**columns: list[Any]) -> None:
        table = pa.table({name.replace("key", "@key"): column for name, column in columns.items()})
        with pa.OSFile(str(path), "wb") as file, pa.ipc.new_stream(file, table.schema) as stream:
            stream.write_table(table)
        engine.call("catalog", "migrate", definitions, wasidb.rows.dump(options))

    for keys in ([1, 3], [3], [3, 1, 7], []):
        with pytest.raises(InvalidValue, match="are not those of table 'people', in their order"):
            migrate_with(key=pa.array(keys, pa.int64()), name=pa.array(["x"] * len(keys)))
    with pytest.raises(InvalidValue, match="has no column 'name'"):
        migrate_with(key=[3, 1])
    with pytest.raises(UnknownColumn):
        migrate_with(key=[3, 1], name=["x", "y"], born=[1, 2])
    options["columns"]["people"]["file"] = engine.exchange.name_of(named)
    with pytest.raises(MemoryFailed, match="cannot read"):
        migrate_with(key=[3, 1], name=["x", "y"])
    path.unlink()
    assert people.select(select(Person)) == PEOPLE
