"""Grants as the host's programs have them, and as the engine takes them."""

import json
from pathlib import Path

import pytest

from tests.unit.host.fake_engine import FakeEngine
from wasidb import Database, Grants, RuleViolated

GRANTS = Grants(
    b"\xaa\x01",
    flags={"migrate", "admin"},
    all_tables={"read"},
    tables={"users": {"update", "insert"}},
    unknown_tables={0x0EB9_1237_375E_AB0E: {"delete"}},
)
FORM = {
    "identity": "aa01",
    "flags": ["admin", "migrate"],
    "all_tables": ["read"],
    "tables": {"users": ["insert", "update"]},
    "unknown_tables": {"0eb91237375eab0e": ["delete"]},
}


@pytest.fixture
def engine(tmp_path: Path) -> FakeEngine:
    return FakeEngine(tmp_path)


def test_form(engine: FakeEngine) -> None:
    assert GRANTS.as_json() == FORM
    assert Grants.from_json(FORM) == GRANTS


def test_list(engine: FakeEngine) -> None:
    nobody = {"identity": "", "flags": [], "all_tables": [], "tables": {}, "unknown_tables": {}}
    engine.answer([nobody, FORM])
    assert Database(engine).access_list() == [Grants(b""), GRANTS]
    assert engine.calls == [("maintenance.access-list",)]


def test_changes(engine: FakeEngine) -> None:
    db = Database(engine)
    db.grant(GRANTS)
    engine.answer(RuleViolated("nobody else has manage_acl"))
    with pytest.raises(RuleViolated):
        db.revoke(Grants(b"x"))
    (grant, granted), (revoke, revoked) = engine.calls
    assert (grant, json.loads(granted)) == ("maintenance.grant", FORM)
    assert (revoke, json.loads(revoked)["identity"]) == ("maintenance.revoke", "78")
