"""Rows of a file put into a table.

    insert_file("flights.csv", ...)     piece by piece, until there are no more

A piece is stored as a whole or not at all. When rows are to be turned away, one that is refused is
taken out of its piece and the halves of that are tried: with many such rows, or an error that does
not say which row it is about, that ends with each of them alone.
"""

import contextlib
import gzip
import os
import zlib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa

from wasidb.arrow import CHUNK_ROWS, Chunk
from wasidb.errors import ConstraintViolated, DataFileError, DbmsError
from wasidb.files.csv_file import CsvRows, csv_schema
from wasidb.files.formats import COMMAS, TEXT, Dialect, File, Format, is_gzip, name_of, not_format
from wasidb.files.json_lines import JsonRows, json_schema
from wasidb.files.pieces import Piece, Refusal, Rejected
from wasidb.files.record_batches import TypedRows
from wasidb.files.text_cells import typed
from wasidb_schema import TableDefinition

Store = Callable[[Chunk], int]
Progress = Callable[[int, int | None], None]


def insert_file(
    store: Store,
    table: TableDefinition,
    file: File,
    format: Format,
    *,
    dialect: Dialect = COMMAS,
    rejected: Rejected | None = None,
    progress: Progress | None = None,
) -> int:
    """Stores the rows of a file; gives their number. See `Session.insert_file`."""
    refusal = Refusal(name_of(file), rejected)
    done = 0
    with opened(file) as source:
        rows, total = rows_of(source, table, format, dialect, refusal)
        for whole in rows:
            piece = typed(whole, table, refusal) if format in TEXT else whole
            for start in range(0, len(piece.numbers), CHUNK_ROWS):
                done += stored(store, piece.slice(start, start + CHUNK_ROWS), refusal)
            if progress:
                progress(done, total(done))
        if progress:
            progress(done, done)
    return done


def schema_of(file: File, format: Format, dialect: Dialect = COMMAS) -> pa.Schema:
    """Names and types of the columns of a file; of text, as its first megabytes have them."""
    with opened(file) as source:
        try:
            if format == "csv":
                return csv_schema(source, dialect)
            if format == "jsonl":
                return json_schema(source)
        except (pa.ArrowInvalid, UnicodeDecodeError) as error:
            raise not_format(format, name_of(file), error) from error
        return TypedRows(source, format, name_of(file)).schema


@contextlib.contextmanager
def opened(file: File) -> Iterator[Any]:
    """The file, to be read; a stream is left open."""
    if not isinstance(file, Path):
        yield file
        return
    try:
        source = file.open("rb")
    except OSError as error:
        message = f"cannot read {file}: {error.strerror}"
        raise DataFileError(message, path=str(file)) from error
    with source:
        if not is_gzip(file):
            yield source
            return
        try:
            with gzip.open(source) as text:
                yield text
        except (gzip.BadGzipFile, EOFError, zlib.error) as error:
            raise DataFileError(f"{file} is no whole gzip file: {error}", path=str(file)) from error


def rows_of(
    source: Any, table: TableDefinition, format: Format, dialect: Dialect, refusal: Refusal
) -> tuple[Iterable[Piece], Callable[[int], int | None]]:
    """The rows, and how many there will be when so many are done: of text an estimate."""
    if format not in TEXT:
        typed_rows = TypedRows(source, format, refusal.path)
        return typed_rows, lambda _: typed_rows.total
    size = size_of(source)
    rows: CsvRows | JsonRows
    if format == "csv":
        rows = CsvRows(source, table, dialect, refusal)
    else:
        rows = JsonRows(source, table, refusal)
    return rows, lambda done: size and max(done, done * size // max(rows.bytes_read, 1))


def size_of(source: Any) -> int | None:
    """How large a file is; None for a stream, which has no end yet, and for compressed text."""
    if isinstance(source, gzip.GzipFile) or not source.seekable():
        return None
    size: int = source.seek(0, os.SEEK_END)
    source.seek(0)
    return size


def stored(store: Store, piece: Piece, refusal: Refusal) -> int:
    """Stores the rows, but for those that are refused; gives the number of the others."""
    count = len(piece.numbers)
    if not count:
        return 0
    try:
        return store(Chunk([piece.batch]))
    except DbmsError as error:
        if not is_about_a_row(error):
            raise
        row = 0 if count == 1 else row_of(error, piece)
        if row is not None:
            refusal.refuse(error, piece.numbers[row], piece.data(row))
            piece = piece.without({row})
        elif refusal.rejected is None:
            error.restate(f"{refusal.path}: {error.message}", path=refusal.path)
            raise
    middle = len(piece.numbers) // 2
    halves = piece.slice(0, middle), piece.slice(middle, len(piece.numbers))
    return sum(stored(store, half, refusal) for half in halves)


def is_about_a_row(error: DbmsError) -> bool:
    """Whether other rows might be stored; not when the columns do not fit, or the disk is full."""
    return isinstance(error, ConstraintViolated) or isinstance(error.details.get("row"), int)


def row_of(error: DbmsError, piece: Piece) -> int | None:
    """The row an error is about: the one it names, or the last one with the value it names."""
    facts = error.details
    if isinstance(facts.get("row"), int):
        return int(facts["row"])  # type: ignore[call-overload,no-any-return]
    column = facts.get("column")
    if not isinstance(column, str) or column not in piece.batch.schema.names:
        return None
    values = piece.batch.column(column).to_pylist()
    rows = [row for row, value in enumerate(values) if value == facts.get("value")]
    return rows[-1] if rows else None
