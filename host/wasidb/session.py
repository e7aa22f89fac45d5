"""The verbs on rows, which a database and a transaction have in common.

    session.insert(Airline(carrier="UA", name="United"))
    session.update(Flight, Flight.dep_delay < 0, dep_delay=0)

Those that only read are in `reading`. Each verb is one call of the engine, or, for data that comes
in pieces, one that takes effect as a whole.
"""

import contextlib
import functools
import json
from abc import abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import TYPE_CHECKING, Any, NamedTuple, overload

from wasidb.errors import DbmsError, InvalidQuery, InvalidValue
from wasidb.reading import Progress, Reading
from wasidb.rows import changed_cells, decoded_keys, dump, rows_of_mappings, rows_of_models
from wasidb.statements import delete_statement, update_statement
from wasidb_schema import Condition, Table, TableDefinition
from wasidb_schema.expressions import condition

if TYPE_CHECKING:
    from wasidb.arrow import Chunk
    from wasidb.files.formats import Format, NamedFile
    from wasidb.files.pieces import Rejected


class Upserted(NamedTuple):
    """How many rows an upsert has inserted, and how many it has found and changed."""

    inserted: int
    updated: int


class Session(Reading):
    """Reading and writing rows. Use one of its two kinds, `Database` or `Transaction`."""

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
        delimiter: str | None = None,
        null: str = "",
        rejected: "Rejected | None" = None,
        progress: Progress | None = None,
    ) -> int:
        """Inserts every row of a CSV, JSON lines, Parquet or Arrow file; see `wasidb.files`.

        All or nothing, unless `rejected` is given: it is told of each row that cannot be stored,
        and the others are. Columns are matched by name. Without `format` the suffix of the path
        decides, and `.gz` behind that of a text file; a stream has none. The cells of a CSV file
        have a `delimiter` between them, by default a comma or, in `.tsv`, a tab; those that read as
        `null` are NULL. Of text files `progress` is told an estimate of all rows. Gives the number
        of rows stored.
        """
        # pyarrow takes 0.2 s to import
        from wasidb.files import Dialect, delimiter_of, file_of, format_of, reading

        source = file_of(file)
        name = table if isinstance(table, str) else table.__table__.name
        with self._atomic() as session:
            return reading.insert_file(
                functools.partial(session._store_chunk, "insert-file", name),
                session.table(name),
                source,
                format_of(source, format),
                dialect=Dialect(delimiter_of(source, delimiter), null),
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

    def update(self, model: type[Table], where: Condition | bool | None, /, **changes: Any) -> int:
        """Changes columns of the rows for which `where` holds; of every row when it is None.

        Gives their number.
        """
        if not changes:
            raise InvalidQuery("nothing to change; name columns: update(User, where, name='Ann')")
        table = model.__table__
        cells = changed_cells(table, changes)
        text, parameters = update_statement(
            table.name, cells, None if where is None else condition(where)
        )
        return int(self._execute(text, dump(parameters)))

    def delete(
        self, model: type[Table], where: Condition | bool | None, /, *, cascade: bool = False
    ) -> int:
        """Deletes the rows for which `where` holds, every row when it is None. Gives their number.

        Rows that others point at are an error, unless `cascade` deletes those others as well, which
        then count.
        """
        behavior = "cascade" if cascade else "restrict"
        text, parameters = delete_statement(
            model.__table__.name, behavior, None if where is None else condition(where)
        )
        return int(self._execute(text, dump(parameters)))


def stored_keys(table: TableDefinition, rows: Sequence[Any], cells: list[Any]) -> list[Any]:
    """The primary keys of stored rows, given as cells; models are told theirs."""
    keys = decoded_keys(table, cells)
    names = table.key
    for row, key in zip(rows, keys, strict=True):
        if isinstance(row, Table):
            # Past pydantic's own assignment, which frozen models refuse: the row exists, so the key
            # is a fact.
            row.__dict__.update(zip(names, key if len(names) > 1 else (key,), strict=True))
            row.__pydantic_fields_set__.update(names)
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
