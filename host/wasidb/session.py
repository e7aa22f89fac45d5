"""The verbs on rows, which a database and a transaction have in common.

    session.insert(Airline(carrier="UA", name="United"))
    session.select(select(Flight).where(Flight.dest == "LAX"))
    session.update(Flight, Flight.dep_delay < 0, dep_delay=0)

Each verb is one call of the engine, or, for data that comes in pieces, one that takes effect as a
whole.
"""

import contextlib
import functools
import json
import secrets
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar, overload

from wasidb.conditions import bare, filter_json
from wasidb.errors import (
    ComponentFailed,
    DbmsError,
    InvalidQuery,
    InvalidValue,
    NotOpen,
    TableNotFound,
)
from wasidb.explanation import Explanation
from wasidb.query import Row, Select
from wasidb.rows import changed_cells, dump, encoded, models_of, rows_of_mappings, rows_of_models
from wasidb.runtime.engine import Engine
from wasidb.statements import (
    Statements,
    delete_statement,
    get_statement,
    select_statement,
    update_statement,
)
from wasidb_schema import Condition, Table, TableDefinition
from wasidb_schema.cells import Cell, decode_column
from wasidb_schema.expressions import condition

if TYPE_CHECKING:
    from wasidb.arrow import ArrowTable, Chunk
    from wasidb.files.formats import Format, NamedFile
    from wasidb.files.pieces import Rejected

Model = TypeVar("Model", bound=Table)

PAGE_ROWS = 10_000

Progress = Callable[[int, int | None], None]
"""Is told the rows done so far, and how many there are in all where that is known."""


class Upserted(NamedTuple):
    """How many rows an upsert has inserted, and how many it has found and changed."""

    inserted: int
    updated: int


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
        definition, payload = self._payload(many, table)
        answer = self._call("rows", "insert", definition.name, payload, self._transaction)
        keys = stored_keys(definition, many, json.loads(answer))
        return keys[0] if is_one else keys

    def upsert(
        self,
        rows: Table | Mapping[str, Any] | Iterable[Table] | Iterable[Mapping[str, Any]],
        table: str | None = None,
    ) -> Upserted:
        """Changes the rows whose primary key exists, and inserts the others.

        Takes what `insert` takes, all or nothing. A row that exists keeps the columns that dicts
        leave out; of rows with the same key the last one counts.
        """
        many = [rows] if isinstance(rows, Table | Mapping) else list(rows)
        if not many:
            return Upserted(0, 0)
        definition, payload = self._payload(many, table)
        text = self._call("rows", "upsert", definition.name, payload, self._transaction)
        answer = json.loads(text)
        stored_keys(definition, many, answer["keys"])
        return Upserted(answer["inserted"], answer["updated"])

    def _payload(self, rows: list[Any], table: str | None) -> tuple[TableDefinition, str]:
        """The table of some rows, and the rows as the engine takes them."""
        if all(isinstance(row, Table) for row in rows):
            definition = type(rows[0]).__table__
            if table not in (None, definition.name):
                raise InvalidValue(f"rows of {definition.name!r} cannot go into {table!r}")
            return definition, rows_of_models(rows)
        if not all(isinstance(row, Mapping) for row in rows):
            raise InvalidValue(f"expected models or dicts as rows, got {type(rows[0]).__name__}")
        if table is None:
            raise InvalidValue('dicts need a table: insert(rows, table="users")')
        definition = self.table(table)
        return definition, rows_of_mappings(definition, rows)

    def insert_arrow(
        self, table: type[Table] | str, data: Any, progress: Progress | None = None
    ) -> int:
        """Inserts every row of Arrow data: a pyarrow Table, a polars or pandas frame, a stream.

        All or nothing. Columns are matched by name. Gives the number of rows.
        """
        done = 0
        with self._atomic() as session:
            for chunk, total in session._chunks(data):
                with rows_counted_from(done):
                    done += session._store_chunk("insert-file", table, chunk)
                if progress:
                    progress(done, total)
        return done

    def upsert_arrow(
        self, table: type[Table] | str, data: Any, progress: Progress | None = None
    ) -> Upserted:
        """Changes the rows whose primary key exists, and inserts the others; see `upsert`."""
        done = Upserted(0, 0)
        with self._atomic() as session:
            for chunk, total in session._chunks(data):
                with rows_counted_from(sum(done)):
                    counts = json.loads(session._store_chunk("upsert-file", table, chunk))
                inserted, updated = counts["inserted"], counts["updated"]
                done = Upserted(done.inserted + inserted, done.updated + updated)
                if progress:
                    progress(sum(done), total)
        return done

    def insert_file(
        self,
        table: type[Table] | str,
        file: "NamedFile",
        *,
        format: "Format | None" = None,
        null: str = "",
        rejected: "Rejected | None" = None,
        progress: Progress | None = None,
    ) -> int:
        """Inserts every row of a CSV, JSON lines, Parquet or Arrow file; see `wasidb.files`.

        All or nothing, unless `rejected` is given: it is told of each row that cannot be stored,
        and the others are. Columns are matched by name. Without `format` the suffix of the path
        decides; a stream has none. Fields of a CSV file that read as `null` are NULL. Of text files
        `progress` is told an estimate of all rows. Gives the number of rows stored.
        """
        from wasidb.files import file_of, format_of, reading  # pyarrow takes 0.2 s to import

        source = file_of(file)
        name = table if isinstance(table, str) else table.__table__.name
        with self._atomic() as session:
            return reading.insert_file(
                functools.partial(session._store_chunk, "insert-file", name),
                session.table(name),
                source,
                format_of(source, format),
                null=null,
                rejected=rejected,
                progress=progress,
            )

    def _chunks(self, data: Any) -> Iterator[tuple["Chunk", int | None]]:
        """Arrow data in pieces, each with the number of all rows where that is known."""
        from wasidb import arrow  # pyarrow takes 0.2 s to import, and few programs need it

        chunks, total = arrow.chunks(data)
        return ((chunk, total) for chunk in chunks)

    def _store_chunk(self, function: str, table: type[Table] | str, chunk: "Chunk") -> Any:
        """Hands rows over through a file that both sides see."""
        name = table if isinstance(table, str) else table.__table__.name
        exchange = self._engine.exchange
        with NamedTemporaryFile(dir=exchange.folder, suffix=".arrow") as file:
            path = Path(file.name)
            chunk.write(path)
            return self._call("columns", function, name, exchange.name_of(path), self._transaction)

    @abstractmethod
    def _atomic(self) -> contextlib.AbstractContextManager["Session"]:
        """A session in which several calls succeed or fail together."""

    def select(self, question: Select[Row]) -> list[Row]:
        """The answer to a question; see `wasidb.select`."""
        text, parameters = select_statement(question.statement())
        answer = json.loads(self._execute(text, dump(parameters)))
        return question.answer(answer["rows"])

    def explain(
        self, question: Select[Any] | Mapping[str, Any], *, analyze: bool = False
    ) -> Explanation:
        """How a question, or a select statement as a dict, is answered; print it to read it.

        With `analyze` it is asked, and each step says what it gave and took.
        """
        statement = question.statement() if isinstance(question, Select) else question
        text = self._call("rows", "explain", dump(statement), analyze, self._transaction)
        return Explanation.from_json(json.loads(text))

    def select_arrow(self, question: Select[Any]) -> "ArrowTable":
        """The answer to a question as a pyarrow Table, for pandas, polars and duckdb to compute on.

        Its columns are the fields of `select`'s rows; related rows are JSON text.
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

    def select_file(
        self,
        question: Select[Any],
        file: "NamedFile",
        *,
        format: "Format | None" = None,
        progress: Progress | None = None,
    ) -> int:
        """Writes the answer to a question to a new CSV, JSON lines, Parquet or Arrow file.

        Without `format` the suffix of the path decides; a stream has none. As text it is written a
        page at a time; the other formats have the whole of it in memory once, as `select_arrow`
        does. Gives the number of rows.
        """
        from wasidb.files import file_of, format_of, writing  # pyarrow takes 0.2 s to import

        target = file_of(file)
        return writing.write_answer(
            question,
            target,
            format_of(target, format),
            pages=lambda: self._pages(question),
            table=lambda: self.select_arrow(question),
            progress=progress,
        )

    def stream(self, question: Select[Row], *, page_rows: int = PAGE_ROWS) -> Iterator[Row]:
        """The answer to a question row by row; the host holds `page_rows` of them at a time."""
        for page in self._pages(question, page_rows):
            yield from question.answer(page)

    def _pages(
        self, question: Select[Any], page_rows: int = PAGE_ROWS
    ) -> Iterator[list[list[Cell]]]:
        """The engine's rows of an answer, a page at a time."""
        statement = dump(question.statement())
        cursor = self._call("rows", "open-cursor", statement, page_rows, self._transaction)
        try:
            while (page := self._call("rows", "fetch", cursor)) is not None:
                yield json.loads(page)["rows"]
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

    def count(self, model: type[Table], where: Condition | bool | None = None, /) -> int:
        """For how many rows `where` holds; how many there are when it is None."""
        rows: int = self._ask("count", model, where)
        return rows

    def exists(self, model: type[Table], where: Condition | bool | None = None, /) -> bool:
        """Whether there is a row for which `where` holds."""
        found: bool = self._ask("exists", model, where)
        return found

    def _ask(self, function: str, model: type[Table], where: Condition | bool | None) -> Any:
        chosen = chosen_rows(where)
        text = None if chosen is None else dump(chosen)
        return self._call("rows", function, model.__table__.name, text, self._transaction)

    def _execute(self, statement: str, parameters: str) -> str:
        self._check_open()
        return self._statements.execute(statement, parameters, self._transaction)

    def update(self, model: type[Table], where: Condition | bool | None, /, **changes: Any) -> int:
        """Changes columns of the rows for which `where` holds; of every row when it is None.

        Gives their number.
        """
        if not changes:
            raise InvalidQuery("nothing to change; name columns: update(User, where, name='Ann')")
        table = model.__table__
        cells = changed_cells(table, changes)
        text, parameters = update_statement(table.name, cells, chosen_rows(where))
        return int(self._execute(text, dump(parameters)))

    def delete(
        self, model: type[Table], where: Condition | bool | None, /, *, cascade: bool = False
    ) -> int:
        """Deletes the rows for which `where` holds, every row when it is None. Gives their number.

        Rows that others point at are an error, unless `cascade` deletes those others as well, which
        then count.
        """
        behavior = "cascade" if cascade else "restrict"
        text, parameters = delete_statement(model.__table__.name, behavior, chosen_rows(where))
        return int(self._execute(text, dump(parameters)))

    def tables(self) -> list[TableDefinition]:
        """What the tables are, by name."""
        return list(map(TableDefinition.from_json, json.loads(self._call("catalog", "tables"))))

    def table(self, name: str) -> TableDefinition:
        """What the table of that name is."""
        for definition in self.tables():
            if definition.name == name:
                return definition
        raise TableNotFound(f"table {name!r} does not exist", table=name)


def stored_keys(table: TableDefinition, rows: Sequence[Any], cells: list[Any]) -> list[Any]:
    """The primary keys of stored rows, given as cells; models are told theirs."""
    key = table.primary_key
    column = table.column(key)
    keys = decode_column(column.type_name if column else "", cells)
    for row, value in zip(rows, keys, strict=True):
        if isinstance(row, Table):
            # Past pydantic's own assignment, which frozen models refuse: the row exists, so the key
            # is a fact.
            row.__dict__[key] = value
            row.__pydantic_fields_set__.add(key)
    return keys


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


def chosen_rows(where: Condition | bool | None) -> dict[str, Any] | None:
    """A condition on one table as filter JSON."""
    return None if where is None else filter_json(condition(where), bare)
