"""The verbs on rows, which a database and a transaction have in common.

    session.insert(Airline(carrier="UA", name="United"))
    session.select(select(Flight).where(Flight.dest == "LAX"))
    session.update(Flight, Flight.dep_delay < 0, dep_delay=0)

Each verb is one call of the engine, or, for data that comes in pieces, one that takes effect as a
whole.
"""

import contextlib
import json
import secrets
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import TYPE_CHECKING, Any, TypeVar, overload

from wasidb.conditions import bare, filter_json
from wasidb.errors import (
    ComponentFailed,
    DbmsError,
    InvalidQuery,
    InvalidValue,
    NotOpen,
    TableNotFound,
)
from wasidb.query import Row, Select
from wasidb.rows import changes_json, dump, encoded, models_of, rows_of_mappings, rows_of_models
from wasidb.runtime.engine import Engine
from wasidb.statements import Statements, get_statement, select_statement
from wasidb_schema import Condition, Table, TableDefinition
from wasidb_schema.cells import decode_column
from wasidb_schema.expressions import condition

if TYPE_CHECKING:
    from wasidb.arrow import ArrowTable

Model = TypeVar("Model", bound=Table)

Progress = Callable[[int, int | None], None]
"""Is told the rows done so far, and how many there are in all where that is known."""


class Session(ABC):
    """Reading and writing rows. Use one of its two kinds, `Database` or `Transaction`."""

    def __init__(self, engine: Engine, statements: Statements) -> None:
        self._engine = engine
        self._statements = statements
        self._transaction: int | None = None

    @abstractmethod
    def _check_open(self) -> None:
        """Raises NotOpen when nothing can be asked any more."""

    def _call(self, interface: str, function: str, *arguments: Any) -> Any:
        self._check_open()
        return self._engine.call(interface, function, *arguments)

    @overload
    def insert(self, rows: Table | Mapping[str, Any], table: str | None = None) -> Any: ...

    @overload
    def insert(
        self, rows: Iterable[Table] | Iterable[Mapping[str, Any]], table: str | None = None
    ) -> list[Any]: ...

    def insert(self, rows: Any, table: str | None = None) -> Any:
        """Inserts a model or a list of models of one class; or dicts, whose table is then named.

        All or nothing. Gives the primary key, or the list of them; models left to be numbered have
        their number afterwards.
        """
        is_one = isinstance(rows, Table | Mapping)
        many = [rows] if is_one else list(rows)
        if not many:
            return []
        if all(isinstance(row, Table) for row in many):
            keys = self._insert_models(many, table)
        elif all(isinstance(row, Mapping) for row in many):
            keys = self._insert_mappings(many, table)
        else:
            raise InvalidValue(f"expected models or dicts to insert, got {type(many[0]).__name__}")
        return keys[0] if is_one else keys

    def _insert_models(self, models: Sequence[Table], table: str | None) -> list[Any]:
        definition = type(models[0]).__table__
        if table not in (None, definition.name):
            raise InvalidValue(f"rows of {definition.name!r} cannot go into {table!r}")
        keys = self._insert_rows(definition, rows_of_models(models))
        for model, key in zip(models, keys, strict=True):
            # Past pydantic's own assignment, which frozen models refuse: the row exists, so the key
            # is a fact.
            model.__dict__[definition.primary_key] = key
            model.__pydantic_fields_set__.add(definition.primary_key)
        return keys

    def _insert_mappings(
        self, mappings: Sequence[Mapping[str, Any]], table: str | None
    ) -> list[Any]:
        if table is None:
            raise InvalidValue('dicts need a table: insert(rows, table="users")')
        definition = self.table(table)
        return self._insert_rows(definition, rows_of_mappings(definition, mappings))

    def _insert_rows(self, table: TableDefinition, rows: str) -> list[Any]:
        keys = json.loads(self._call("rows", "insert", table.name, rows, self._transaction))
        key = table.column(table.primary_key)
        return decode_column(key.type_name if key else "", keys)

    def insert_arrow(
        self, table: type[Table] | str, data: Any, progress: Progress | None = None
    ) -> int:
        """Inserts every row of Arrow data: a pyarrow Table, a polars or pandas frame, a stream.

        All or nothing. Columns are matched by name. Gives the number of rows.
        """
        from wasidb import arrow  # pyarrow takes 0.2 s to import, and few programs need it

        name = table if isinstance(table, str) else table.__table__.name
        chunks, total = arrow.chunks(data)
        done = 0
        with self._atomic() as session:
            for chunk in chunks:
                with rows_counted_from(done):
                    done += session._insert_chunk(name, chunk.write)
                if progress:
                    progress(done, total)
        return done

    def _insert_chunk(self, table: str, write: Callable[[Path], None]) -> int:
        """Hands rows over through a file that both sides see."""
        exchange = self._engine.exchange
        with NamedTemporaryFile(dir=exchange.folder, suffix=".arrow") as file:
            path = Path(file.name)
            write(path)
            rows: int = self._call(
                "columns", "insert-file", table, exchange.name_of(path), self._transaction
            )
        return rows

    @abstractmethod
    def _atomic(self) -> contextlib.AbstractContextManager["Session"]:
        """A session in which several calls succeed or fail together."""

    def select(self, question: Select[Row]) -> list[Row]:
        """The answer to a question; see `wasidb.select`."""
        text, parameters = select_statement(question.statement())
        answer = json.loads(self._execute(text, dump(parameters)))
        return question.answer(answer["rows"])

    def select_arrow(self, question: Select[Any]) -> "ArrowTable":
        """The answer to a question as a pyarrow Table, for pandas, polars and duckdb to compute on.

        Its columns are the fields of `select`'s rows; related rows are JSON text. LimitExceeded for
        decimals that have too many digits for one scale.
        """
        from wasidb import arrow  # pyarrow takes 0.2 s to import, and few programs need it

        names = [output.label for output in question.columns]
        exchange = self._engine.exchange
        path = exchange.folder / f"{secrets.token_hex(8)}.arrow"
        try:
            statement = dump(question.statement())
            self._call(
                "columns", "select-file", statement, exchange.name_of(path), self._transaction
            )
            return arrow.mapped_table(path, question.places, names)
        finally:
            path.unlink(missing_ok=True)

    def stream(self, question: Select[Row], *, page_rows: int = 10_000) -> Iterator[Row]:
        """The answer to a question row by row; the host holds `page_rows` of them at a time."""
        statement = dump(question.statement())
        cursor = self._call("rows", "open-cursor", statement, page_rows, self._transaction)
        try:
            while (page := self._call("rows", "fetch", cursor)) is not None:
                yield from question.answer(json.loads(page)["rows"])
        finally:
            with contextlib.suppress(ComponentFailed, NotOpen):
                self._call("rows", "close-cursor", cursor)

    def get(self, model: type[Model], key: Any) -> Model | None:
        """The row with this primary key, or None."""
        return self.get_many(model, [key])[0]

    def get_many(self, model: type[Model], keys: Iterable[Any]) -> list[Model | None]:
        """The row of each primary key, None for one that no row has."""
        column = model.__columns__[model.__table__.primary_key]
        asked = encoded(column.type_name, list(keys), column.table, column.name)
        rows = json.loads(self._execute(get_statement(model), dump(asked)))
        found = iter(models_of(model, list(filter(None, rows))))
        return [next(found) if row else None for row in rows]

    def _execute(self, statement: str, parameters: str) -> str:
        self._check_open()
        return self._statements.execute(statement, parameters, self._transaction)

    def update(self, model: type[Table], where: Condition | bool | None, /, **changes: Any) -> int:
        """Changes columns of the rows for which `where` holds; of every row when it is None.

        Gives their number.
        """
        if not changes:
            raise InvalidQuery("nothing to change; name columns: update(User, where, name='Ann')")
        payload = changes_json(model.__table__, changes)
        changed: int = self._call(
            "rows", "update", model.__table__.name, payload, filter_text(where), self._transaction
        )
        return changed

    def delete(
        self, model: type[Table], where: Condition | bool | None, /, *, cascade: bool = False
    ) -> int:
        """Deletes the rows for which `where` holds, every row when it is None. Gives their number.

        Rows that others point at are an error, unless `cascade` deletes those others as well, which
        then count.
        """
        deleted: int = self._call(
            "rows",
            "delete",
            model.__table__.name,
            "cascade" if cascade else "restrict",
            filter_text(where),
            self._transaction,
        )
        return deleted

    def tables(self) -> list[TableDefinition]:
        """What the tables are, by name."""
        return list(map(TableDefinition.from_json, json.loads(self._call("catalog", "tables"))))

    def table(self, name: str) -> TableDefinition:
        """What the table of that name is."""
        for definition in self.tables():
            if definition.name == name:
                return definition
        raise TableNotFound(f"table {name!r} does not exist", table=name)


@contextlib.contextmanager
def rows_counted_from(start: int) -> Iterator[None]:
    """Makes an error about a row of a piece an error about a row of the whole."""
    try:
        yield
    except DbmsError as error:
        row = error.details.get("row")
        if start and isinstance(row, int):
            message = f"{error.message}, counted from row {start} of the data"
            error.restate(message, row=start + row)
        raise


def filter_text(where: Condition | bool | None) -> str | None:
    """A condition on one table as filter JSON."""
    return None if where is None else dump(filter_json(condition(where), bare))
