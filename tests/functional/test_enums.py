"""Members of enums as values of columns, wherever values go in or come out."""

import asyncio
import csv
import enum
import json
from pathlib import Path
from typing import Annotated, Any

import pytest

import wasidb
from wasidb import (
    Custom,
    Field,
    InvalidDefinition,
    InvalidValue,
    PrimaryKeyConflict,
    Table,
    UniqueViolated,
    aio,
    alias,
    bulk,
    count,
    first,
    last,
    many,
    max_,
    min_,
    one,
    select,
    session,
)


class Role(enum.Enum):
    guest = 2
    admin = 1
    robot = 255


class OrderState(enum.StrEnum):
    OPEN = "open"
    LOST = "gone 😢"
    NEW = ""


class Rank(enum.IntEnum):
    LOW = 0
    HIGH = 1


class Team(Table, table="teams", indexes=[("role", "state")]):
    role: Role = Field(primary_key=True)
    state: OrderState = OrderState.OPEN


class User(Table, table="users", unique=[("state", "name")]):
    id: int = Field(default=None, primary_key=True, autoincrement=True)
    name: str
    role: Role | None = Field(default=None, references="teams.role")
    state: OrderState = Field(default=OrderState.OPEN, index=True)
    rank: Annotated[Rank | None, Custom("user_rank")] = Field(default=None, unique=True)


class Seat(Table, table="seats"):
    role: Role = Field(primary_key=True)
    state: OrderState = Field(primary_key=True)


TEAMS = [Team(role=Role.admin), Team(role=Role.guest, state=OrderState.LOST)]
ANN = User(id=1, name="Ann", role=Role.admin, rank=Rank.HIGH)
BOB = User(id=2, name="Bob", role=Role.guest, state=OrderState.NEW, rank=Rank.LOW)
EVE = User(id=3, name="Eve", state=OrderState.LOST)
USERS = select(User).order_by(User.id)


@pytest.fixture
def users(db: wasidb.Database) -> wasidb.Database:
    db.create_tables(Team, User, Seat)
    db.insert(TEAMS)
    db.insert([ANN, BOB, EVE])
    return db


def test_every_shape_has_members(users: wasidb.Database) -> None:
    assert users.select(USERS) == [ANN, BOB, EVE]
    assert users.select_dicts(USERS) == [each.model_dump() for each in (ANN, BOB, EVE)]
    assert users.select_tuples(USERS)[1] == (2, "Bob", Role.guest, OrderState.NEW, Rank.LOW)
    assert list(users.stream(USERS, page_rows=1)) == [ANN, BOB, EVE]
    assert type(users.select(USERS)[1].rank) is Rank


def test_groups_and_aggregates(users: wasidb.Database) -> None:
    groups = select(User.role, count()).group_by(User.role).order_by(User.role)
    assert users.select(groups) == [(None, 1), (Role.admin, 1), (Role.guest, 1)]
    ends = select(min_(User.state), max_(User.role), first(User.rank), last(User.role))
    assert users.select(ends) == [(OrderState.NEW, Role.guest, Rank.HIGH, Role.guest)]
    largest = select(User.role, max_(User.role)).group_by(User.role)
    largest = largest.having(max_(User.role) == Role.guest)
    assert users.select(largest) == [(Role.guest, Role.guest)]


def test_conditions(users: wasidb.Database) -> None:
    conditions: list[tuple[Any, list[str]]] = [
        (User.role == Role.guest, ["Bob"]),
        (User.role != Role.guest, ["Ann"]),
        (User.role == None, ["Eve"]),  # noqa: E711
        (User.role.in_([Role.admin, Role.robot]), ["Ann"]),
        (User.rank > Rank.LOW, ["Ann"]),
        (User.state == OrderState.NEW, ["Bob"]),
        (User.state.in_([OrderState.LOST, OrderState.OPEN]), ["Ann", "Eve"]),
    ]
    for condition, names in conditions:
        found = users.select(select(User.name).where(condition).order_by(User.name))
        assert [name for (name,) in found] == names
        assert users.count(User, condition) == len(names)


def test_numbers_are_in_their_order_and_shorter_texts_first(users: wasidb.Database) -> None:
    by_role = users.select(select(User.role).order_by(User.role.desc()))
    assert by_role == [(Role.guest,), (Role.admin,), (None,)]
    by_state = users.select(select(User.state).order_by(User.state))
    assert by_state == [(OrderState.NEW,), (OrderState.OPEN,), (OrderState.LOST,)]


def test_keys(users: wasidb.Database) -> None:
    assert users.get_many(Team, [Role.guest, Role.robot]) == [TEAMS[1], None]
    assert users.insert({"role": Role.robot}, Team) == Role.robot
    with pytest.raises(PrimaryKeyConflict):
        users.insert(Team(role=Role.robot))
    seat = Seat(role=Role.robot, state=OrderState.NEW)
    assert users.insert([seat]) == [(Role.robot, OrderState.NEW)]
    assert users.get(Seat, (Role.robot, OrderState.NEW)) == seat
    with pytest.raises(UniqueViolated):
        users.update(User, User.id == 2, rank=Rank.HIGH)


def test_related_rows_and_joins(users: wasidb.Database) -> None:
    with_team = select(User).include(team=one(Team, User.role)).order_by(User.id)
    assert [row.team for row in users.select(with_team)] == [TEAMS[0], TEAMS[1], None]
    with_users = select(Team).include(users=many(User, User.role)).order_by(Team.role)
    assert [row.users for row in users.select(with_users)] == [[ANN], [BOB]]
    other = alias(Team, "other")
    pairs = select(User.name, other.state).join(other, on=User.role == other.role)
    assert set(users.select(pairs)) == {("Ann", OrderState.OPEN), ("Bob", OrderState.LOST)}


def test_changes(users: wasidb.Database) -> None:
    assert users.update(User, User.role == Role.guest, role=Role.admin, rank=None) == 1
    assert users.select(select(User.role, User.rank).where(User.id == 2)) == [(Role.admin, None)]
    assert users.upsert([{"id": 3, "name": "Eve", "role": Role.guest}], User) == (0, 1)
    assert users.get(User, 3) == EVE.model_copy(update={"role": Role.guest})
    assert users.delete(User, User.state == OrderState.LOST) == 1


def test_a_table_by_name_has_bytes(users: wasidb.Database) -> None:
    number = users.insert({"name": "Zoe", "role": b"\1"}, "users")
    assert users.get(User, number) == User(id=number, name="Zoe", role=Role.admin)
    assert users.select_arrow(select(Team.role, Team.state)).to_pydict() == {
        "role": [b"\1", b"\2"],
        "state": [b"open", "gone 😢".encode()],
    }


def test_text_files_have_base64(users: wasidb.Database, tmp_path: Path) -> None:
    question = select(Team.role, Team.state).where(Team.role == Role.admin)
    users.select_file(question, tmp_path / "teams.csv")
    users.select_file(question, tmp_path / "teams.jsonl")
    rows = list(csv.reader((tmp_path / "teams.csv").read_text().splitlines()))
    assert rows == [["role", "state"], ["AQ==", "b3Blbg=="]]
    line = json.loads((tmp_path / "teams.jsonl").read_text())
    assert line == {"role": "AQ==", "state": "b3Blbg=="}


@pytest.mark.parametrize("rows", [2, 10])
def test_many_rows_are_stored_like_few(
    users: wasidb.Database, monkeypatch: pytest.MonkeyPatch, rows: int
) -> None:
    """Up to two go as JSON, more as Arrow data, four a piece."""
    monkeypatch.setattr(session, "MANY_ROWS", 3)
    monkeypatch.setattr(bulk, "PIECE_ROWS", 4)
    roles = [Role.guest, Role.admin, None] * 4
    dicts = [{"name": f"n{n}", "role": roles[n], "state": OrderState.LOST} for n in range(rows)]
    keys = users.insert(dicts, User)
    assert users.insert([Seat(role=role, state=OrderState.OPEN) for role in Role]) == [
        (role, OrderState.OPEN) for role in Role
    ]
    stored = users.select_dicts(select(User.name, User.role, User.state).where(User.id.in_(keys)))
    assert stored == dicts
    users.upsert([{"id": key, "name": str(key), "role": Role.admin} for key in keys], User)
    assert users.count(User, User.role == Role.admin) == rows + 1


def test_only_members_are_taken(users: wasidb.Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "MANY_ROWS", 3)
    good = {"name": "x", "state": OrderState.OPEN}
    for value in ("open", b"open", Role.admin, 1):
        bad = good | {"state": value}
        for rows in ([bad], [good] * 3 + [bad]):
            place = (
                rf"^users\.state \(row {len(rows) - 1}\): .* is no OrderState: expected a member"
            )
            with pytest.raises(InvalidValue, match=place):
                users.insert(rows, User)
        with pytest.raises(InvalidValue, match=r"^users\.state: .* is no OrderState"):
            users.count(User, User.state == value)
        with pytest.raises(InvalidValue, match=r"^users\.state: .* is no OrderState"):
            users.update(User, None, state=value)


def test_stored_bytes_that_are_no_member(users: wasidb.Database) -> None:
    users.insert({"role": b"\x09", "state": b"open"}, "teams")
    number = users.insert({"name": "Zoe", "role": b"\x09"}, "users")
    role = select(User.role).where(User.id == number)
    for ask in (
        lambda: users.get(User, number),
        lambda: users.select(USERS),
        lambda: users.select_tuples(role),
        lambda: users.select_dicts(select(max_(User.role))),
    ):
        with pytest.raises(InvalidValue, match=r"^users\.role: b'\\t' is no Role; give") as caught:
            ask()
        assert caught.value.details["table"] == "users"
        assert caught.value.details["value"] == r"b'\t'"
    with pytest.raises(InvalidValue, match=r"^teams\.role: b'\\t' is no Role"):
        users.select(select(Team))


def test_another_type_is_another_definition(users: wasidb.Database) -> None:
    class Renamed(Table, table="teams", indexes=[("role", "state")]):
        role: Annotated[Role, Custom("duty")] = Field(primary_key=True)
        state: OrderState = OrderState.OPEN

    class Wider(Table, table="teams", indexes=[("role", "state")]):
        role: Role = Field(primary_key=True)
        state: Annotated[Rank, Custom("order_state")] = Rank.LOW

    users.create_tables(Team)
    for changed in (Renamed, Wider):
        with pytest.raises(InvalidDefinition):
            users.create_tables(changed)


def test_tasks_have_members_too() -> None:
    async def ask() -> list[Team]:
        async with await aio.open(":memory:", tables=[Team]) as db:
            await db.insert(TEAMS)
            return await db.select(select(Team).where(Team.role == Role.guest))

    assert asyncio.run(ask()) == [TEAMS[1]]
