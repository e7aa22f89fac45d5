"""Random statements on tables full of foreign keys: the database agrees with plain dictionaries.

The truth is `tests.support.constraint_model`; sqlite3 is asked as well for as long as it means the
same. Schemas are random: keys of one column and of two point at other tables and at their own, in
circles, with every action and with keys that wait for the commit. After every step all rows are
compared, so a statement that is refused must have changed nothing. At the end the file must be
sound.
"""

import itertools
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
    run_state_machine_as_test,
)

from tests.support.constraint_model import (
    Column,
    Key,
    Refused,
    Row,
    Schema,
    State,
    TableSchema,
    cells,
)
from tests.support.constraint_sql import RefusedBySqlite, Sqlite, UniqueOnTheWay
from tests.support.engine_under_test import EngineUnderTest, Start
from wasidb.errors import ConstraintViolated, ForeignKeyViolated

NUMBERS = st.integers(0, 4)
PAIR = ("p", "q")
ACTIONS = ("restrict", "cascade", "set_null", "set_default")


@st.composite
def pointing_columns(draw: st.DrawFn, *names: str, is_unique: bool = False) -> list[Column]:
    """Columns of which a foreign key can be made."""
    return [
        Column(
            name,
            is_nullable=draw(st.integers(0, 3)) > 0,
            is_unique=is_unique and draw(st.integers(0, 4)) == 0,
            default=draw(st.sampled_from([None, 0, 1, 1])),
        )
        for name in names
    ]


@st.composite
def foreign_keys(
    draw: st.DrawFn, columns: Sequence[Column], table: str, target: tuple[str, ...]
) -> Key:
    """A foreign key with actions that its columns can follow."""
    allowed = ["restrict", "cascade"]
    allowed += ["set_null"] if all(column.is_nullable for column in columns) else []
    allowed += ["set_default"] if all(column.default is not None for column in columns) else []
    names = tuple(column.name for column in columns)
    on_delete, on_update = draw(st.sampled_from(allowed)), draw(st.sampled_from(allowed))
    return Key(names, table, target, on_delete, on_update, draw(st.booleans()))


@st.composite
def table_schemas(
    draw: st.DrawFn, tables: list[str], with_pair: list[str], name: str
) -> TableSchema:
    """A table; those `with_pair` have two columns that are unique together."""
    columns = [Column("id", is_unique=True), Column("code", is_nullable=True, is_unique=True)]
    keys = []
    for column in draw(pointing_columns("a", "b", is_unique=True)):
        columns.append(column)
        if draw(st.integers(0, 5)):
            target = draw(st.sampled_from(["id", "code"]))
            keys.append(draw(foreign_keys([column], draw(st.sampled_from(tables)), (target,))))
    if with_pair and draw(st.booleans()):
        pair = draw(pointing_columns("c", "d"))
        columns += pair
        keys.append(draw(foreign_keys(pair, draw(st.sampled_from(with_pair)), PAIR)))
    if name not in with_pair:
        return TableSchema(tuple(columns), keys=tuple(keys))
    is_key = draw(st.booleans())
    columns += [Column(each, is_nullable=not is_key) for each in PAIR]
    primary, unique = (PAIR, ()) if is_key else (("id",), (PAIR,))
    return TableSchema(tuple(columns), primary, unique, tuple(keys))


@st.composite
def schemas(draw: st.DrawFn) -> Schema:
    """One to three tables."""
    tables = [f"t{number}" for number in range(draw(st.integers(1, 3)))]
    with_pair = [table for table in tables if draw(st.integers(0, 2)) == 0]
    return Schema({table: draw(table_schemas(tables, with_pair, table)) for table in tables})


class Constrained(RuleBasedStateMachine):
    """A database, at most one transaction with savepoints, and the two judges."""

    open_engine: Callable[[], EngineUnderTest]

    def __init__(self) -> None:
        super().__init__()
        self.engine = type(self).open_engine()
        self.sqlite: Sqlite | None = None
        self.tx: int | None = None
        self.savepoints: list[tuple[int, State]] = []

    @initialize(schema=schemas(), data=st.data())
    def create(self, schema: Schema, data: st.DataObject) -> None:
        self.schema = schema
        self.state = self.committed = schema.empty()
        self.sqlite = Sqlite(schema)
        self.engine.create(*map(schema.definition, schema.tables))
        for _ in range(3):
            for table in schema.tables:
                self.fill(data, table)

    # Statements

    @rule(data=st.data())
    def insert(self, data: st.DataObject) -> None:
        self.fill(data, self.draw_table(data))

    def fill(self, data: st.DataObject, table: str) -> None:
        rows = [self.draw_row(data, table) for _ in range(data.draw(st.sampled_from([1, 1, 2, 3])))]
        names = self.schema.tables[table].names()
        cells = [[row[name] for name in names] for row in rows]
        marks = ", ".join([f"({', '.join('?' * len(names))})"] * len(rows))
        self.do(
            lambda: self.schema.insert(self.state, table, rows),
            lambda: self.engine.insert(table, names, *cells, tx=self.tx),
            f"insert into {table} values {marks}",
            list(itertools.chain.from_iterable(cells)),
        )

    @rule(data=st.data(), cascades=st.integers(0, 7).map(lambda number: number == 0))
    def delete(self, data: st.DataObject, cascades: bool) -> None:
        table = self.draw_table(data)
        where, chosen = self.draw_rows(data, table)
        if cascades:
            self.dismiss_sqlite()
        self.do(
            lambda: self.schema.delete(self.state, table, chosen, cascades=cascades),
            lambda: self.engine.delete(
                table, where, self.tx, "cascade" if cascades else "restrict"
            ),
            f"delete from {table} where {sql_of(where)}",
        )

    @rule(data=st.data())
    def update(self, data: st.DataObject) -> None:
        table = self.draw_table(data)
        column = data.draw(st.sampled_from(self.schema.tables[table].columns))
        value = self.draw_cell(data, table, column)
        where, chosen = self.draw_rows(data, table)
        self.do(
            lambda: self.schema.update(self.state, table, chosen, column.name, value),
            lambda: self.engine.update(table, {column.name: value}, where, self.tx),
            f"update {table} set {column.name} = ? where {sql_of(where)}",
            [value],
        )

    def do(
        self,
        model: Callable[[], State],
        statement: Callable[[], object],
        sql: str,
        values: Sequence[Any] = (),
    ) -> None:
        """Run a statement: all three must refuse it, or do the same."""
        try:
            after = model()
            if self.tx is None and any(self.schema.dangling(after)):
                raise Refused
        except Refused:
            with pytest.raises(ConstraintViolated):
                statement()
            self.ask_sqlite(lambda judge: judge.change(sql, values), is_refused=True)
        else:
            statement()
            self.state = after
            if self.tx is None:
                self.committed = after
            self.ask_sqlite(lambda judge: judge.change(sql, values))
        self.compare()

    def ask_sqlite(self, act: Callable[[Sqlite], None], *, is_refused: bool = False) -> None:
        if self.sqlite is None:
            return
        try:
            act(self.sqlite)
        except UniqueOnTheWay:
            if not is_refused:
                self.dismiss_sqlite()
        except RefusedBySqlite:
            assert is_refused
        else:
            assert not is_refused

    def dismiss_sqlite(self) -> None:
        if self.sqlite is not None:
            self.sqlite.close()
            self.sqlite = None

    # Transactions

    @precondition(lambda self: self.tx is None)
    @rule()
    def begin(self) -> None:
        self.tx = self.engine.begin()
        self.ask_sqlite(lambda judge: judge.run("begin"))

    @precondition(lambda self: self.tx is not None)
    @rule()
    def commit(self) -> None:
        assert self.tx is not None
        if any(self.schema.dangling(self.state)):
            with pytest.raises(ForeignKeyViolated):
                self.engine.commit(self.tx)
            self.ask_sqlite(Sqlite.commit, is_refused=True)
            self.state = self.committed
        else:
            self.engine.commit(self.tx)
            self.ask_sqlite(Sqlite.commit)
            self.committed = self.state
        self.ended()

    @precondition(lambda self: self.tx is not None)
    @rule(is_meant=st.sampled_from([False, False, True]))
    def roll_back(self, is_meant: bool) -> None:
        assert self.tx is not None
        if not is_meant:
            return
        self.engine.rollback(self.tx)
        self.ask_sqlite(lambda judge: judge.run("rollback"))
        self.state = self.committed
        self.ended()

    def ended(self) -> None:
        self.tx = None
        self.savepoints.clear()
        self.compare()

    @precondition(lambda self: self.tx is not None)
    @rule()
    def savepoint(self) -> None:
        number = self.engine.call("rows", "savepoint", self.tx)
        self.ask_sqlite(lambda judge: judge.run(f"savepoint s{number}"))
        self.savepoints.append((number, self.state))

    @precondition(lambda self: bool(self.savepoints))
    @rule(data=st.data())
    def roll_back_to(self, data: st.DataObject) -> None:
        place = data.draw(st.integers(0, len(self.savepoints) - 1))
        number, self.state = self.savepoints[place]
        del self.savepoints[place + 1 :]
        self.engine.call("rows", "rollback-to", self.tx, number)
        self.ask_sqlite(lambda judge: judge.run(f"rollback to s{number}"))
        self.compare()

    # What is drawn, and compared

    def draw_table(self, data: st.DataObject) -> str:
        return data.draw(st.sampled_from(sorted(self.schema.tables)))

    def draw_row(self, data: st.DataObject, table: str) -> Row:
        """A row, the foreign keys of several columns mostly those of one row."""
        row = {
            column.name: self.draw_cell(data, table, column)
            for column in self.schema.tables[table].columns
        }
        for key in self.schema.tables[table].keys:
            there = [cells(each, key.target) for each in self.state[key.table].values()]
            if len(key.columns) > 1 and there and data.draw(st.integers(0, 4)):
                row.update(zip(key.columns, data.draw(st.sampled_from(there)), strict=True))
        return row

    def draw_cell(self, data: st.DataObject, table: str, column: Column) -> int | None:
        """A cell that mostly does not break anything: a key that is there, or one that is not."""
        key = self.schema.tables[table].key_of(column.name)
        if key is not None:
            target = key.target[key.columns.index(column.name)]
            good = {row[target] for row in self.state[key.table].values()} - {None}
        elif column.name in PAIR:
            good = set(range(3))
        else:
            good = set(range(8)) - {row[column.name] for row in self.state[table].values()}
        choice = data.draw(st.sampled_from(["good", "good", "good", "good", "null", "any"]))
        if column.is_nullable and (choice == "null" or not good):
            return None
        return data.draw(NUMBERS if choice == "any" or not good else st.sampled_from(sorted(good)))

    def draw_rows(self, data: st.DataObject, table: str) -> tuple[dict[str, Any], set[int]]:
        """A filter, and the rows for which it is true, mostly one of them."""
        names = ["id", "id", *self.schema.tables[table].names()]
        column = data.draw(st.sampled_from(names))
        rows = self.state[table].items()
        present = {row[column] for _, row in rows} - {None}
        low = data.draw(st.sampled_from(sorted(present)) if present else NUMBERS)
        width = data.draw(st.sampled_from([0, 0, 0, 0, 1, 4]))
        values = range(low, low + width + 1)
        chosen = {number for number, row in rows if row[column] in values}
        return {"And": [{"Ge": [column, low]}, {"Le": [column, low + width]}]}, chosen

    def compare(self) -> None:
        for table, rows in self.state.items():
            order = [{"column": "id", "direction": "asc"}]
            names = self.schema.tables[table].names()
            statement = {"from": table, "columns": names, "order_by": order}
            found = self.engine.select(statement, self.tx)
            assert found == sorted([row[name] for name in names] for row in rows.values())
            if self.sqlite is not None:
                assert self.sqlite.rows(table) == found

    def teardown(self) -> None:
        self.dismiss_sqlite()
        assert self.engine.check() == []
        self.engine.close()


def sql_of(where: dict[str, Any]) -> str:
    """The filter in SQL."""
    low, high = (bound for part in where["And"] for bound in part.values())
    return f"{low[0]} between {low[1]} and {high[1]}"


def test_database_agrees_with_dictionaries_and_sqlite(
    quick_start: Start, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> None:
    numbers = itertools.count()
    folder: Path = tmp_path_factory.mktemp("constraints")

    class Machine(Constrained):
        @staticmethod
        def open_engine() -> EngineUnderTest:
            return EngineUnderTest(folder / f"{next(numbers)}.wasidb", quick_start)

    # An example is some fifty statements, so it takes fewer of them.
    fraction = 20 if request.config.getoption("--build") == "component" else 4
    profile = settings(
        max_examples=max(5, settings().max_examples // fraction),
        stateful_step_count=25,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )
    run_state_machine_as_test(Machine, settings=profile)
