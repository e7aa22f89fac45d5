"""Answers to questions put into files.

A file appears whole or not at all: it is written as `<name>.part` and renamed. One that exists is
an error.
"""

import contextlib
import gzip
import json
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import IO, Any

import pyarrow as pa
import pyarrow.csv
import pyarrow.ipc
import pyarrow.parquet

from wasidb.errors import DataFileError
from wasidb.files.formats import TEXT, File, Format, is_gzip
from wasidb.files.text_cells import NUMBERS
from wasidb.query import Select
from wasidb.rows import Page, dicts_of
from wasidb.runtime.lock import rename_durably
from wasidb_schema.cells import CODECS, decode_column

BATCH_ROWS = 65_536
PART_SUFFIX = ".part"
GZIP_LEVEL = 6

Progress = Callable[[int, int | None], None]
Columns = Sequence[tuple[str, str]]
"""The name and the type of each column."""


def write_answer(
    question: Select[Any],
    file: File,
    format: Format,
    *,
    pages: Callable[[], Iterable[Page]],
    table: Callable[[], pa.Table],
    delimiter: str = ",",
    progress: Progress | None = None,
) -> int:
    """Writes an answer, which is to be had as pages of cells or as an Arrow table; gives the number
    of rows.
    """
    names = list(question.outline.names)
    if format not in TEXT:
        whole = table()
        names += whole.column_names[len(names) :]
        return write_table(whole.rename_columns(names), file, format, progress)
    types = [output.type_name for output in question.outline.columns]
    columns = list(zip(names, types, strict=True))
    in_order = ([page[place] for place in question.outline.places] for page in pages())
    return write_cells(in_order, columns, file, format, delimiter, progress)


def write_cells(
    pages: Iterable[Page],
    columns: Columns,
    file: File,
    format: Format,
    delimiter: str = ",",
    progress: Progress | None = None,
) -> int:
    """Writes pages of cells as text; gives the number of rows."""
    done = 0
    with created(file) as target:
        if format == "csv":
            put = csv_writer(target, columns, delimiter)
        else:
            put = json_writer(target, columns)
        for page in pages:
            put(page)
            done += len(page[0])
            if progress:
                progress(done, None)
    return done


def write_table(
    table: pa.Table, file: File, format: Format, progress: Progress | None = None
) -> int:
    """Writes an Arrow table as Parquet or Arrow IPC; gives the number of rows."""
    done = 0
    with created(file) as target, batch_writer(target, format, table.schema) as writer:
        for batch in table.to_batches(max_chunksize=BATCH_ROWS):
            writer.write_batch(batch)
            done += batch.num_rows
            if progress:
                progress(done, table.num_rows)
    return done


def batch_writer(target: Any, format: Format, schema: pa.Schema) -> Any:
    """A writer of record batches; a context manager."""
    if format == "parquet":
        return pa.parquet.ParquetWriter(target, schema)
    if format == "arrow":
        return pa.ipc.new_file(target, schema)
    return pa.ipc.new_stream(target, schema)


@contextlib.contextmanager
def created(file: File) -> Iterator[IO[bytes]]:
    """The new file, to be written; a stream is left open."""
    if not isinstance(file, Path):
        yield file
        file.flush()
        return
    if os.path.lexists(file):
        raise DataFileError(f"cannot create {file}: it exists", path=str(file))
    part = file.with_name(file.name + PART_SUFFIX)
    try:
        with part.open("wb") as target:
            if is_gzip(file):
                with gzip.GzipFile("", "wb", GZIP_LEVEL, target) as text:
                    yield text  # type: ignore[misc]
            else:
                yield target
        rename_durably(part, file)
    except OSError as error:
        message = f"cannot write {file}: {error.strerror or error}"
        raise DataFileError(message, path=str(file)) from error
    finally:
        with contextlib.suppress(OSError):
            part.unlink()


def csv_writer(target: IO[bytes], columns: Columns, delimiter: str) -> Callable[[Page], None]:
    """Puts pages into a CSV file. Texts are in quotes, which tells them from NULL."""
    types = [text_type(type_name) for _, type_name in columns]
    names = [name for name, _ in columns]
    schema = pa.schema(list(zip(names, types, strict=True)))
    options = pa.csv.WriteOptions(delimiter=delimiter)
    writer = pa.csv.CSVWriter(target, schema, write_options=options)

    def put(page: Page) -> None:
        arrays = [
            pa.array(map(float_of, cells) if pa.types.is_floating(kind) else cells, kind)
            for cells, kind in zip(page, types, strict=True)
        ]
        writer.write_batch(pa.RecordBatch.from_arrays(arrays, schema=schema))

    return put


def text_type(type_name: str) -> pa.DataType:
    """What a CSV file has of a type: a number, a truth value or text."""
    if type_name.startswith("float"):
        return pa.float64()
    return pa.bool_() if type_name == "boolean" else NUMBERS.get(type_name, pa.utf8())


def float_of(cell: Any) -> float | None:
    """The number; NaN and the infinities are cells of text."""
    return None if cell is None else float(cell)


def json_writer(target: IO[bytes], columns: Columns) -> Callable[[Page], None]:
    """Puts pages into a file of JSON lines."""
    names = [name for name, _ in columns]
    types = [type_name for _, type_name in columns]
    encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode

    def put(page: Page) -> None:
        cells = zip(types, page, strict=True)
        values = [decode_column(CODECS[each], of) if each == "json" else of for each, of in cells]
        lines = [encode(row) + "\n" for row in dicts_of(names, values)]
        target.write("".join(lines).encode())

    return put
