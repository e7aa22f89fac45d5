"""CSV on its way in: a header line, then rows, read a block at a time.

A field that reads as `null` does, by default one with nothing in it, is NULL; one in quotes is
never. In a text column that takes no NULL a field with nothing in it is the empty text.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as csv

from wasidb.errors import InvalidValue
from wasidb.files.formats import Dialect, not_format
from wasidb.files.pieces import Piece, Refusal
from wasidb_schema import TableDefinition

BLOCK_SIZE = 4 << 20


class CsvRows:
    """The rows of an open CSV file, every cell as text, for a table."""

    def __init__(
        self, file: Any, table: TableDefinition, dialect: Dialect, refusal: Refusal
    ) -> None:
        self._refusal = refusal
        self._malformed: dict[int, InvalidValue] = {}
        self._row = 0
        self.bytes_read = 0
        """About how much of the file the rows so far have been."""
        self._required = [
            column.name
            for column in table.columns
            if column.type_name == "text" and not column.nullable and not dialect.null
        ]
        texts: dict[str, pa.DataType] = {column.name: pa.utf8() for column in table.columns}
        try:
            self._reader = opened(file, dialect, texts, self._on_malformed)
            _ = self._reader.schema.names  # which have to be text
        except (pa.ArrowInvalid, UnicodeDecodeError) as error:
            raise not_format("csv", refusal.path, error) from error

    def __iter__(self) -> Iterator[Piece]:
        while (given := self._next_batch()) is not None:
            for name in self._required:
                at = given.schema.get_field_index(name)
                if at >= 0 and given.column(at).null_count:
                    given = given.set_column(at, name, given.column(at).fill_null(""))
            self.bytes_read += bytes_of(given)
            yield Piece(given, given, self._numbers(given.num_rows))
        self._numbers(0)

    def _next_batch(self) -> pa.RecordBatch | None:
        try:
            return self._reader.read_next_batch()
        except StopIteration:
            return None
        except pa.ArrowInvalid as error:
            self._numbers(0)
            raise not_format("csv", self._refusal.path, error) from error

    def _on_malformed(self, row: csv.InvalidRow) -> str:
        # The number is that of the row in the file, which begins with the header.
        message = f"{row.actual_columns} cells, expected {row.expected_columns} as in the header"
        error = InvalidValue(message, value=row.text, expected=f"{row.expected_columns} cells")
        self._malformed[(row.number or 1) - 1] = error
        return "skip"

    def _numbers(self, count: int) -> Sequence[int]:
        """The numbers of the next `count` rows; malformed ones around them are refused."""
        if not self._malformed:
            self._row += count
            return range(self._row - count + 1, self._row + 1)
        numbers: list[int] = []
        while len(numbers) < count or self._row + 1 in self._malformed:
            self._row += 1
            error = self._malformed.pop(self._row, None)
            if error is None:
                numbers.append(self._row)
            else:
                self._refusal.refuse(error, self._row, {"text": error.details["value"]})
        return numbers


def bytes_of(batch: pa.RecordBatch) -> int:
    """What the rows take in a file, but for quotes; columns that the table has not are left out."""
    texts: list[Any] = [each for each in batch.columns if each.type == pa.utf8()]
    lengths = (pc.sum(pc.binary_length(each)).as_py() or 0 for each in texts)
    return batch.num_columns * batch.num_rows + sum(lengths)


def csv_schema(file: Any, dialect: Dialect) -> pa.Schema:
    """Names and types of the columns, as the first rows have them."""
    schema = opened(file, dialect, {}, lambda _: "skip").schema
    _ = schema.names  # which have to be text
    return schema


def opened(
    file: Any, dialect: Dialect, types: dict[str, pa.DataType], on_malformed: Any
) -> csv.CSVStreamingReader:
    """A reader of blocks. It reads in this thread, for only then are malformed rows numbered."""
    return csv.open_csv(
        file,
        read_options=csv.ReadOptions(block_size=BLOCK_SIZE, use_threads=False),
        parse_options=csv.ParseOptions(
            delimiter=dialect.delimiter, newlines_in_values=True, invalid_row_handler=on_malformed
        ),
        convert_options=csv.ConvertOptions(
            column_types=types,
            null_values=[dialect.null],
            strings_can_be_null=True,
            quoted_strings_can_be_null=False,
        ),
    )
