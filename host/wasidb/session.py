"""The verbs on rows, which a database and a transaction have in common.

    session.insert(Airline(carrier="UA", name="United"))
    session.update(Flight, Flight.dep_delay < 0, dep_delay=0)

Those that only read are in `reading`. Each verb is one call of the engine, or, for data that comes
in pieces, one that takes effect as a whole.
"""

import contextlib
import functools
import itertools
import json
import re
from abc import abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, overload

from wasidb.appender import Appender
from wasidb.arguments import condition_of, iterated, name_of, shown, table_of
from wasidb.errors import DbmsError, InvalidQuery, InvalidValue, MemoryFailed, NotOpen
from wasidb.reading import Progress, Reading
from wasidb.row_form import RowForm, form_of
from wasidb.rows import (
    Columns,
    changed_cells,
    columns_of_mappings,
    columns_of_models,
    columns_of_tuples,
    decoded_keys,
    key_columns,
    load,
)
from wasidb.statements import delete_statement, update_statement
from wasidb_schema import Condition, Table, TableDefinition

if TYPE_CHECKING:
    from wasidb.arrow import Chunk
    from wasidb.files.formats import Format, NamedFile
    from wasidb.files.pieces import Rejected


MANY_ROWS = 1_000
"""From so many on rows are taken in pieces, and go over as Arrow data."""


ROWS = "a row, or rows one after the other"
ROW_KINDS: tuple[type[Any], ...] = (Table, Mapping, tuple)


class Upserted(NamedTuple):
    """How many rows an upsert has inserted, and how many it has found and changed."""

    inserted: int
    updated: int


class Session(Reading):
    """Reading and writing rows. Use one of its two kinds, `Database` or `Transaction`."""

    @overload
    def insert(
        self, rows: Table | Mapping[str, Any], table: type[Table] | str | None = None
    ) -> Any: ...

    @overload
    def insert(
        self,
        rows: Iterable[Table] | Iterable[Mapping[str, Any]] | Iterable[tuple[Any, ...]],
        table: type[Table] | str | None = None,
    ) -> list[Any]: ...

    def insert(self, rows: Any, table: type[Table] | str | None = None) -> Any:
        """Inserts a model or several of one class; or dicts, or tuples of all columns in order,
        whose table is then given, as model or by name.

        All or nothing. Gives the primary key, or the list of them; models left to be numbered have
        their number afterwards. Of an iterator some rows at a time are taken.
        """
        if isinstance(rows, Table | Mapping):
            return self._insert_few([rows], table)[0]
        given = iterated(rows, ROWS)
        first = list(itertools.islice(given, MANY_ROWS))
        if len(first) < MANY_ROWS:
            return self._insert_few(first, table) if first else []
        return self._insert_many(itertools.chain(first, given), table)

    def _insert_few(self, rows: list[Any], table: type[Table] | str | None) -> list[Any]:
        """In one call, as JSON."""
        definition, columns = self._columns(rows, table)
        form = form_of(definition, tuple(columns))
        keys = decoded_keys(form.key, load(self._insert_json(form, columns, len(rows))))
        tell_keys(definition, rows, keys)
        return keys

    def _insert_many(self, rows: Iterator[Any], table: type[Table] | str | None) -> list[Any]:
        """Piece by piece; what is one piece is no transaction that could meet another."""
        from wasidb import bulk  # pyarrow takes 0.2 s to import

        first = list(itertools.islice(rows, bulk.PIECE_ROWS))
        is_all = len(first) < bulk.PIECE_ROWS
        cells: list[Any] = []
        models: list[Any] = []
        with contextlib.nullcontext(self) if is_all else self._atomic() as session:
            for piece in itertools.chain([first], bulk.pieces(rows)):
                with rows_counted_from(len(cells)):
                    definition, texts = session._insert_piece(piece, table, "insert-file-keys")
                table = table or definition.name
                cells += itertools.chain.from_iterable(map(load, texts))
                models += piece if isinstance(piece[0], Table) else ()
        keys = decoded_keys(key_columns(definition), cells)
        tell_keys(definition, models, keys)
        return keys

    def _insert_unasked(self, rows: list[Any], table: type[Table] | str) -> None:
        """Inserts what is at most a piece of rows, whose keys nobody wants to know."""
        if len(rows) < MANY_ROWS:
            self._insert_few(rows, table)
        else:
            self._insert_piece(rows, table, "insert-file")

    def _insert_piece(
        self, rows: list[Any], table: type[Table] | str | None, function: str
    ) -> tuple[TableDefinition, list[Any]]:
        """The table, and what the engine gives for each of the chunks that the rows go over in."""
        from wasidb import bulk

        definition, columns = self._columns(rows, table)
        chunks = bulk.chunks_of(definition, columns)
        if chunks is None:
            form = form_of(definition, tuple(columns))
            return definition, [self._insert_json(form, columns, len(rows))]
        given: list[Any] = []
        done = 0
        with self._atomic() if len(chunks) > 1 else contextlib.nullcontext(self) as session:
            for chunk in chunks:
                with rows_counted_from(done):
                    given.append(session._store_chunk(function, definition.name, chunk))
                done += chunk.count
        return definition, given

    def _insert_json(self, form: RowForm, columns: Columns, count: int) -> str:
        """The cells of the primary keys, as the engine gives them."""
        return self._execute(form.insert, form.parameters(columns, count))

    def appender(self, table: type[Table] | str) -> Appender:
        """`with session.appender(Reading) as readings: readings.append(row)`

        Takes rows one by one and stores them many at a time; see `Appender`.
        """
        return Appender(self, table)

    def upsert(
        self,
        rows: Table
        | Mapping[str, Any]
        | Iterable[Table]
        | Iterable[Mapping[str, Any]]
        | Iterable[tuple[Any, ...]],
        table: type[Table] | str | None = None,
    ) -> Upserted:
        """Changes the rows whose primary key exists, and inserts the others.

        Takes what `insert` takes, all or nothing. A row that exists keeps the columns that dicts
        leave out; of rows with the same key the last one counts.
        """
        many = [rows] if isinstance(rows, Table | Mapping) else list(iterated(rows, ROWS))
        if not many:
            return Upserted(0, 0)
        definition, columns = self._columns(many, table)
        if len(many) >= MANY_ROWS and (
            has_given_keys(definition) or not isinstance(many[0], Table)
        ):
            from wasidb import bulk  # pyarrow takes 0.2 s to import

            # In one piece however many they are, for rules are asked of all of them together.
            if (chunk := bulk.chunk_of(definition, columns)) is not None:
                counts = load(self._store_chunk("upsert-file", definition.name, chunk))
                return Upserted(counts["inserted"], counts["updated"])
        form = form_of(definition, tuple(columns))
        answer = load(self._execute(form.upsert, form.parameters(columns, len(many))))
        tell_keys(definition, many, decoded_keys(form.key, answer["keys"]))
        return Upserted(answer["inserted"], answer["updated"])

    def _columns(
        self, rows: list[Any], table: type[Table] | str | None
    ) -> tuple[TableDefinition, Columns]:
        """The table of some rows, and their values."""
        kind = kind_of(rows)
        if kind is Table:
            definition = type(rows[0]).__table__
            if table is not None and name_of(table) != definition.name:
                raise InvalidValue(f"rows of {definition.name!r} cannot go into {name_of(table)!r}")
            return definition, columns_of_models(rows)
        if table is None:
            raise InvalidValue('dicts and tuples need a table: insert(rows, table="users")')
        definition = self.table(table) if isinstance(table, str) else table_of(table)
        if kind is tuple:
            return definition, columns_of_tuples(definition, rows)
        return definition, columns_of_mappings(rows)

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
        name = name_of(table)
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
        self._check_open()
        exchange = self._engine.exchange
        path = exchange.new_path(".arrow")
        given = exchange.name_of(path)
        try:
            chunk.write(path)
            return self._call("columns", function, name_of(table), given, self._transaction)
        except FileNotFoundError:
            raise NotOpen("the database has been closed") from None
        except OSError as error:
            message = f"cannot hand rows over through {exchange.folder}: {error.strerror}"
            raise MemoryFailed(message, path=str(exchange.folder)) from error
        finally:
            path.unlink(missing_ok=True)

    @abstractmethod
    def _atomic(self) -> contextlib.AbstractContextManager["Session"]:
        """A session in which several calls succeed or fail together."""

    def update(self, model: type[Table], where: Condition | bool | None, /, **changes: Any) -> int:
        """Changes columns of the rows for which `where` holds; of every row when it is None.

        Gives their number.
        """
        if not changes:
            raise InvalidQuery("nothing to change; name columns: update(User, where, name='Ann')")
        table = table_of(model)
        cells = changed_cells(table, changes)
        condition = None if where is None else condition_of(where)
        return int(self._execute(*update_statement(table.name, cells, condition)))

    def delete(
        self, model: type[Table], where: Condition | bool | None, /, *, cascade: bool = False
    ) -> int:
        """Deletes the rows for which `where` holds, every row when it is None. Gives their number.

        Rows that others point at are an error, unless `cascade` deletes those others as well, which
        then count.
        """
        behavior = "cascade" if cascade else "restrict"
        condition = None if where is None else condition_of(where)
        return int(self._execute(*delete_statement(table_of(model).name, behavior, condition)))


def has_given_keys(table: TableDefinition) -> bool:
    """Whether the engine stores the primary keys of a table as they come."""
    columns = [column for column in table.columns if column.name in table.key]
    return not any(column.autoincrement or column.sanitizers for column in columns)


def kind_of(rows: list[Any]) -> type[Any]:
    """What all rows are: models, which have the base Table, dicts, that is Mapping, or tuple."""
    kinds = set(map(type, rows))
    for kind in ROW_KINDS:
        if not isinstance(rows[0], kind):
            continue
        if len(kinds) > 1 and not all(issubclass(each, kind) for each in kinds):
            at, odd = next((at, row) for at, row in enumerate(rows) if not isinstance(row, kind))
            message = f"row {at} is of {type(odd).__name__}, the first of {type(rows[0]).__name__}"
            raise InvalidValue(f"{message}: insert one kind at a time", row=at)
        return kind
    raise InvalidValue(f"expected models, dicts or tuples as rows, got {shown(rows[0])}")


def tell_keys(table: TableDefinition, rows: Sequence[Any], keys: list[Any]) -> None:
    """Gives stored rows that are models their primary keys."""
    if not rows or not isinstance(rows[0], Table):
        return
    names = table.key
    for row, key in zip(rows, keys, strict=True):
        # Past pydantic's own assignment, which frozen models refuse: the row exists, so the key is
        # a fact.
        row.__dict__.update(zip(names, key if len(names) > 1 else (key,), strict=True))
        row.__pydantic_fields_set__.update(names)


@contextlib.contextmanager
def rows_counted_from(start: int) -> Iterator[None]:
    """Makes an error about a row of a piece an error about a row of the whole."""
    try:
        yield
    except DbmsError as error:
        row = error.details.get("row")
        if start and isinstance(row, int):
            message = re.sub(rf"\brow {row}\b", f"row {start + row}", error.message, count=1)
            error.restate(message, row=start + row)
        raise
