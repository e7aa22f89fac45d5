"""Interface `columns`: Arrow IPC streams."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from io import BufferedReader, BytesIO, FileIO
from itertools import chain

from wasidb_guest.api.engine import Engine
from wasidb_guest.api.new_file import answer_file, write_pieces
from wasidb_guest.api.row_changes import keys_to_json
from wasidb_guest.api.statements import SelectStatement
from wasidb_guest.definitions import ColumnDefinition, TableDefinition
from wasidb_guest.encoding.arrow.from_vectors import DECIDED_BY_CELLS
from wasidb_guest.encoding.arrow.messages import Source
from wasidb_guest.encoding.arrow.refusals import misfit
from wasidb_guest.encoding.arrow.stream import read_stream
from wasidb_guest.encoding.arrow.stream_writer import ArrowStream
from wasidb_guest.encoding.cell_vectors import concat
from wasidb_guest.errors import MemoryFailed, NotNullViolated
from wasidb_guest.indexes.run import flags_of
from wasidb_guest.query.batches import joined, merged
from wasidb_guest.query.statement import parse_select
from wasidb_guest.rules.table_rules import TableRules
from wasidb_guest.transactions.transaction import Transaction
from wasidb_guest.vectors import Batch

READ_AHEAD = 1 << 16
"""Bytes that are read at once of what is small: a stream has several messages of a few bytes."""

SELECTS_KEPT = 64
"""Selects that are read once, and planned once where sizes and constants decide nothing."""

MERGED_ROWS = 32_768
"""Fewer rows are copied to make one record batch with others; more are written from where they are.
"""


class Columns:
    """The functions of interface `columns`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._select = lru_cache(SELECTS_KEPT)(_read_select)

    def insert_file(self, table: str, path: str, tx: int | None) -> int:
        with _opened(path) as stream:
            return self._insert(table, stream, tx)

    def insert_bytes(self, table: str, arrow: bytes, tx: int | None) -> int:
        return self._insert(table, BytesIO(arrow), tx)

    def insert_file_keys(self, table: str, path: str, tx: int | None) -> str:
        with _opened(path) as stream, self._engine.session(tx) as transaction:
            stored = insert_stream(transaction, table, stream)
            key = transaction.table(table).definition.key
            return "[]" if stored is None else keys_to_json([stored.column(name) for name in key])

    def _insert(self, table: str, source: Source, tx: int | None) -> int:
        with self._engine.session(tx) as transaction:
            stored = insert_stream(transaction, table, source)
            return 0 if stored is None else stored.count

    def upsert_file(self, table: str, path: str, tx: int | None) -> str:
        with _opened(path) as stream:
            return self._upsert(table, stream, tx)

    def upsert_bytes(self, table: str, arrow: bytes, tx: int | None) -> str:
        return self._upsert(table, BytesIO(arrow), tx)

    def _upsert(self, table: str, source: Source, tx: int | None) -> str:
        with self._engine.session(tx) as transaction:
            definition = transaction.table(table).definition
            batch = read_batch(source, definition, definition.key)
            if batch is None:
                return counts_to_json(0, 0)
            done = transaction.upsert(table, batch)
            return counts_to_json(done.inserted, done.updated)

    def select_file(self, query: str, path: str, tx: int | None) -> int:
        statement = self._select(query)
        with self._engine.session(tx) as transaction, answer_file(path) as descriptor:
            stream = ArrowStream(arrow_batches(statement.batches(transaction)))
            write_pieces(descriptor, stream)
        return stream.row_count

    def select_bytes(self, query: str, tx: int | None) -> bytes:
        statement = self._select(query)
        with self._engine.session(tx) as transaction:
            return b"".join(ArrowStream(arrow_batches(statement.batches(transaction))))


def _read_select(query: str) -> SelectStatement:
    return SelectStatement(parse_select(query))


@contextmanager
def _opened(path: str) -> Iterator[Source]:
    """The file, to be read; MemoryFailed when that fails. As `answer_file`, without `open`."""
    try:
        with BufferedReader(FileIO(path), READ_AHEAD) as stream:
            yield stream
    except OSError as failure:
        raise MemoryFailed(f"cannot read {path!r}: {failure.strerror}", path=path) from failure


def insert_stream(transaction: Transaction, table: str, source: Source) -> Batch | None:
    """Insert all rows of a stream; the complete rows, None if there are none."""
    definition = transaction.table(table).definition
    needed = needed_columns(definition, transaction.rules(table))
    batch = read_batch(source, definition, needed)
    return None if batch is None else transaction.insert(table, batch)


def arrow_batches(batches: Iterator[Batch]) -> Iterator[Batch]:
    """The rows as a stream takes them: all at once where cells decide a type."""
    first = next(batches)
    if not DECIDED_BY_CELLS.isdisjoint([vector.type.name for vector in first.vectors]):
        return iter((joined([first, *batches]),))
    return merged(chain((first,), batches), MERGED_ROWS)


def needed_columns(definition: TableDefinition, rules: TableRules | None) -> list[str]:
    """The columns that have to be given for a new row."""
    generated = {column.name for column in rules.columns if column.generator} if rules else set()
    return [
        column.name
        for column in definition.columns
        if not (takes_null(column) or column.default or column.name in generated)
    ]


def takes_null(column: ColumnDefinition) -> bool:
    """Whether NULL can be given: as a cell, or to ask for a number."""
    return column.nullable or column.autoincrement


def read_batch(
    source: Source, definition: TableDefinition, required: Sequence[str]
) -> Batch | None:
    """All rows of a stream; None if there are none. Of NULLs where none may be, those of every
    column are reported at once.
    """
    batches = list(read_stream(source, definition, required))
    if not batches:
        return None
    columns = zip(*(batch.vectors for batch in batches), strict=True)
    batch = Batch(batches[0].names, list(map(concat, columns)), sum(each.count for each in batches))
    problems = [
        NotNullViolated(definition.name, name, flags_of(vector).find(0))
        for name, vector in zip(batch.names, batch.vectors, strict=True)
        if vector.validity is not None and not takes_null(definition.column(name))
    ]
    if problems:
        raise misfit(definition.name, problems)
    return batch


def counts_to_json(inserted: int, updated: int) -> str:
    """What an upsert gives."""
    return json.dumps({"inserted": inserted, "updated": updated})
