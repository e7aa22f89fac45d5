"""The access-control list: what the Rust engine granted is read, and changed as it would."""

import json
from pathlib import Path
from typing import Any

import pytest

import wasidb
from tests.support.engine_under_test import PAGE_SIZE, EngineUnderTest
from tests.support.fixtures import OpenEngine
from tests.support.golden_syntax import parse_definition
from tests.support.manifest import golden_files
from wasidb import Grants
from wasidb.errors import Corrupted, InvalidQuery, LimitExceeded, RuleViolated, TableNotFound

GOLDEN = next(file for file in golden_files() if str(file) == "15-acl")
USERS, POSTS = "users: id uint32 key", "posts: id uint32 key"
READ, WRITE, EVERYTHING = ["read"], ["insert"], ["read", "insert", "update", "delete"]


def access_list(engine: EngineUnderTest) -> dict[str, dict[str, Any]]:
    """The list by identity."""
    listed = json.loads(engine.call("maintenance", "access-list"))
    return {grants.pop("identity"): grants for grants in listed}


def change(engine: EngineUnderTest, function: str, identity: str, **grants: Any) -> None:
    engine.call("maintenance", function, json.dumps({"identity": identity, **grants}))


def acl_page(engine: EngineUnderTest) -> bytes:
    engine.close()
    content = engine.path.read_bytes()
    engine.open()
    return content[PAGE_SIZE : 2 * PAGE_SIZE]


def words(bits: int) -> list[str]:
    return [word for at, word in enumerate(EVERYTHING) if bits >> at & 1]


@pytest.fixture
def golden(open_engine: OpenEngine, tmp_path: Path) -> EngineUnderTest:
    GOLDEN.unpack(tmp_path / "golden.wasidb")
    return open_engine(tmp_path / "golden.wasidb")


def test_list_of_the_rust_engine(golden: EngineUnderTest) -> None:
    expected = {
        identity: {
            "flags": grants["flags"],
            "all_tables": words(grants["all_tables"]),
            "tables": {table: words(bits) for table, bits in grants["tables"].items()},
            "unknown_tables": {},
        }
        for identity, grants in GOLDEN.entry["acl"].items()
    }
    assert access_list(golden) == expected


def test_same_grants_leave_the_same_bytes(golden: EngineUnderTest, tmp_path: Path) -> None:
    """The steps of the golden file, on a file of ours; and once more, which changes nothing."""
    expected = acl_page(golden)
    golden.close()
    GOLDEN.unpack(golden.path)
    content = bytearray(golden.path.read_bytes())
    content[PAGE_SIZE : 2 * PAGE_SIZE] = bytes(PAGE_SIZE)
    golden.path.write_bytes(content)
    golden.open()
    for _ in range(2):
        change(golden, "grant", "aa", flags=["manage_acl"])
        change(golden, "grant", "aa", flags=["migrate"], all_tables=["delete"])
        change(golden, "grant", "aa", tables={"users": ["insert", "read"], "posts": READ})
        change(golden, "grant", "bb01", flags=["admin"])
        change(golden, "grant", "00", tables={"users": EVERYTHING})
        change(golden, "grant", "", all_tables=READ)
        change(golden, "grant", "ff" * 29, all_tables=EVERYTHING)
        change(golden, "grant", "0a0b0c", flags=["admin"])
        change(golden, "revoke", "0a0b0c", flags=["admin"])
    assert acl_page(golden) == expected


def test_revoked_grants_are_gone(golden: EngineUnderTest) -> None:
    change(golden, "revoke", "00", tables={"users": ["read", "delete"]})
    change(golden, "revoke", "aa", tables={"posts": READ, "users": WRITE}, flags=["admin"])
    change(golden, "revoke", "bb01", flags=["admin"])
    golden.reopen()
    left = access_list(golden)
    assert left["00"]["tables"] == {"users": ["insert", "update"]}
    assert left["aa"]["tables"] == {"users": READ}
    assert "bb01" not in left


def test_revoking_from_a_stranger_changes_nothing(golden: EngineUnderTest) -> None:
    before = acl_page(golden)
    change(golden, "revoke", "77", flags=["admin", "manage_acl", "migrate"])
    assert acl_page(golden) == before


def test_somebody_can_always_manage_the_list(golden: EngineUnderTest) -> None:
    before = access_list(golden)
    with pytest.raises(RuleViolated, match="nobody else has manage_acl"):
        change(golden, "revoke", "aa", flags=["manage_acl"])
    assert access_list(golden) == before
    change(golden, "grant", "bb01", flags=["manage_acl"])
    change(golden, "revoke", "aa", flags=["manage_acl"])
    assert access_list(golden)["aa"]["flags"] == ["migrate"]


def test_new_file_has_no_list(engine: EngineUnderTest) -> None:
    assert access_list(engine) == {}
    assert not any(acl_page(engine))


def test_dropped_table_is_known_by_its_fingerprint(engine: EngineUnderTest) -> None:
    engine.create(parse_definition(USERS), parse_definition(POSTS))
    change(engine, "grant", "aa", tables={"users": READ, "posts": WRITE})
    engine.drop("posts")
    grants = access_list(engine)["aa"]
    assert grants["tables"] == {"users": READ}
    assert grants["unknown_tables"] == {"54b91237375eab0e": WRITE}
    change(engine, "revoke", "aa", unknown_tables=grants["unknown_tables"])
    assert access_list(engine)["aa"]["unknown_tables"] == {}


def test_verbs_of_the_host(db: wasidb.Database, engine: EngineUnderTest) -> None:
    engine.create(parse_definition(USERS))
    manager = Grants(b"\0boss", flags={"manage_acl"}, unknown_tables={7: {"update"}})
    reader = Grants(b"ann", all_tables={"read"}, tables={"users": {"insert", "delete"}})
    db.grant(reader)
    db.grant(manager)
    assert db.access_list() == [manager, reader]
    db.revoke(Grants(b"ann", all_tables={"read"}, tables={"users": {"delete"}}))
    db.revoke(Grants(b"nobody", flags={"admin"}))
    assert db.access_list() == [manager, Grants(b"ann", tables={"users": {"insert"}})]
    with pytest.raises(RuleViolated, match="nobody else has manage_acl"):
        db.revoke(manager)
    with pytest.raises(TableNotFound):
        db.grant(Grants(b"ann", tables={"posts": {"read"}}))


@pytest.mark.parametrize(
    "grants",
    [
        "x",
        "[]",
        "{}",
        '{"identity": 7}',
        '{"identity": "a"}',
        '{"identity": "a a"}',
        '{"identity": "aa", "flag": []}',
        '{"identity": "aa", "flags": "admin"}',
        '{"identity": "aa", "flags": ["read"]}',
        '{"identity": "aa", "all_tables": [1]}',
        '{"identity": "aa", "tables": ["users"]}',
        '{"identity": "aa", "unknown_tables": {"12": ["read"]}}',
    ],
)
def test_malformed_grants(engine: EngineUnderTest, grants: str) -> None:
    for function in ("grant", "revoke"):
        with pytest.raises(InvalidQuery, match="invalid grants JSON"):
            engine.call("maintenance", function, grants)
    assert access_list(engine) == {}


def test_limits(engine: EngineUnderTest) -> None:
    with pytest.raises(TableNotFound):
        change(engine, "grant", "aa", tables={"users": READ})
    with pytest.raises(LimitExceeded, match="256 bytes"):
        change(engine, "grant", "aa" * 256, all_tables=READ)
    tables = {f"{number:016x}": READ for number in range(7281)}
    with pytest.raises(LimitExceeded, match="does not fit its page"):
        change(engine, "grant", "aa", unknown_tables=tables)
    assert access_list(engine) == {}


@pytest.mark.parametrize(
    ("damage", "what"),
    [
        pytest.param("01", "version is 1", id="version"),
        pytest.param("02ffffffff", "needs|twice", id="count"),
        pytest.param("0202000000" + "01aa00000000" * 2, "listed twice", id="identity-twice"),
        pytest.param("020100000001aa0000ffff", "listed twice", id="table-twice"),
    ],
)
def test_damaged_page(engine: EngineUnderTest, damage: str, what: str) -> None:
    engine.close()
    sound = engine.path.read_bytes()
    content = bytearray(sound)
    damaged = bytes.fromhex(damage)
    content[PAGE_SIZE : PAGE_SIZE + len(damaged)] = damaged
    engine.path.write_bytes(content)
    engine.open()
    for attempt in (lambda: access_list(engine), lambda: change(engine, "grant", "bb")):
        with pytest.raises(Corrupted, match=what) as raised:
            attempt()
        assert raised.value.details["page"] == 1
    (problem,) = engine.check()
    assert problem["page"] == 1
    assert acl_page(engine) == content[PAGE_SIZE : 2 * PAGE_SIZE]
    engine.close()
    engine.path.write_bytes(sound)
