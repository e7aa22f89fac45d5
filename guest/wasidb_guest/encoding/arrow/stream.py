"""Reads an Arrow IPC stream as batches of a table's columns.

    schema        id: int64, name: string             matched by name with the table, types checked
    dictionary    (only for dictionary-encoded columns)
    batch         3 rows                              Batch(("id", "name"), ...), 3 rows
    batch         3 rows                              Batch(("id", "name"), ...), 3 rows
    end marker

Everything the schema can tell is checked before the first batch, and all that is wrong with it is
said at once. Values are checked as their batch is read, so whoever takes the batches must be able
to undo. Only one batch is in memory, unless the caller keeps more: vectors are views of the batch
they come from and stay valid as long as they are held.

Not checked here: NULL in columns that need a value, some of which a table can number.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from wasidb_guest.definitions import TableDefinition
from wasidb_guest.encoding.arrow.arrays import Array, read_arrays
from wasidb_guest.encoding.arrow.conversion import Destination, convert, require_conversion
from wasidb_guest.encoding.arrow.dictionaries import Dictionaries
from wasidb_guest.encoding.arrow.flatbuffers import Table
from wasidb_guest.encoding.arrow.messages import (
    DICTIONARY_BATCH,
    RECORD_BATCH,
    SCHEMA,
    Message,
    Source,
    read_messages,
)
from wasidb_guest.encoding.arrow.refusals import malformed, misfit
from wasidb_guest.encoding.arrow.schema import Dictionary, Field, ReadableType, read_schema
from wasidb_guest.errors import DbmsError, InvalidInput, InvalidValue, NotNullViolated
from wasidb_guest.vectors import Batch, Vector

# Who stores piece after piece sends the same schema with each: so many are kept, of so many bytes
# at most, with what they come to.
KNOWN_MAX, KNOWN_SIZE_MAX = 32, 16 << 10


def read_stream(
    source: Source, definition: TableDefinition, required: Iterable[str] = ()
) -> Iterator[Batch]:
    """The batches of a stream for this table; reads the schema at once, batches on demand.

    Raises UnknownColumn, NotNullViolated for a `required` column that is not there, LimitExceeded,
    and InvalidValue for all else that is wrong with it and for several such problems together.
    """
    messages = read_messages(source)
    first = next(messages, None)
    if first is None or first.kind != SCHEMA:
        raise malformed("stream that does not start with a schema", 0)
    schema = first.header
    match = _known_columns if schema.block_size <= KNOWN_SIZE_MAX else _match_columns
    columns = match(schema, definition, tuple(required))
    encoded = (column.stored for column in columns)
    dictionaries = Dictionaries(kind for kind in encoded if isinstance(kind, Dictionary))
    return _read_batches(messages, columns, dictionaries)


@dataclass(frozen=True, slots=True)
class _Column:
    """A column of the stream and where it goes."""

    stored: ReadableType | Dictionary
    destination: Destination


def _match_columns(
    schema: Table, definition: TableDefinition, required: tuple[str, ...]
) -> tuple[_Column, ...]:
    """The columns in the order of the stream; refuses what the table cannot take."""
    columns: list[_Column] = []
    problems: list[DbmsError] = []
    seen: set[str] = set()
    for field in read_schema(schema):
        try:
            columns.append(_match_column(field, definition, seen))
        except InvalidInput as problem:
            problems.append(problem)
        seen.add(field.name)
    missing = [name for name in required if name not in seen]
    problems += [NotNullViolated(definition.name, name) for name in missing]
    if problems:
        raise misfit(definition.name, problems)
    return tuple(columns)


_known_columns = lru_cache(KNOWN_MAX)(_match_columns)


def _match_column(field: Field, definition: TableDefinition, seen: set[str]) -> _Column:
    column = definition.column(field.name)
    if field.name in seen:
        message = f"column {definition.name}.{field.name} comes twice in the arrow stream"
        raise InvalidValue(message, table=definition.name, column=field.name)
    destination = Destination(definition.name, field.name, column.type)
    return _Column(require_conversion(field.type, destination), destination)


def _read_batches(
    messages: Iterator[Message], columns: Sequence[_Column], dictionaries: Dictionaries
) -> Iterator[Batch]:
    stored = [column.stored for column in columns]
    names = tuple(column.destination.column for column in columns)
    first_row = 0
    for message in messages:
        if message.kind == DICTIONARY_BATCH:
            dictionaries.read(message)
            continue
        if message.kind != RECORD_BATCH:
            what = f"message of kind {message.kind} among the record batches"
            raise malformed(what, message.header.position)
        count, arrays = read_arrays(message, message.header, stored)
        if count:
            vectors = [
                _read_column(column, array, dictionaries, first_row)
                for column, array in zip(columns, arrays, strict=True)
            ]
            yield Batch(names, vectors, count)
        first_row += count


def _read_column(
    column: _Column, array: Array, dictionaries: Dictionaries, first_row: int
) -> Vector:
    if isinstance(column.stored, Dictionary):
        array = dictionaries.expand(column.stored, array)
    destination = column.destination
    return convert(array, replace(destination, first_row=first_row) if first_row else destination)
