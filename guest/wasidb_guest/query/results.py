"""Batches as the JSON that `rows.select` gives.

{"columns": ["id", "name"], "rows": [[1, "a"], [2, null]]}
"""

import json
from array import array
from collections.abc import Iterable, Sequence
from itertools import chain
from typing import TypeAlias

from wasidb_guest.encoding.cell_vectors import valid_flags
from wasidb_guest.encoding.cells import BadCell, shortest_float32
from wasidb_guest.encoding.json_columns import put_column
from wasidb_guest.encoding.json_rows import JsonText, VectorCells, put_rows
from wasidb_guest.values import FLOAT64
from wasidb_guest.vectors import Batch, Vector

ENCODER = json.JSONEncoder(ensure_ascii=False, check_circular=False, separators=(",", ":"))
NO_OFFSETS = memoryview(b"").cast("i")
NO_NULL = b""

Slice: TypeAlias = tuple[list[VectorCells], int, int]
"""The columns of a batch, and of which of its rows it is: from the first to the last, excluded."""


def batch_to_json(batch: Batch) -> str:
    """The names and the rows of a batch; BadCell if stored text is not UTF-8."""
    return batches_to_json((batch,))


def batches_to_json(batches: Iterable[Batch]) -> str:
    """The names and the rows of one or more batches; BadCell if stored text is not UTF-8."""
    rest = iter(batches)
    first = next(rest)
    return rows_to_json(first.names, map(slice_of, chain((first,), rest)))


def rows_to_json(names: Sequence[str], slices: Iterable[Slice]) -> str:
    """The names of columns, and their cells row by row; BadCell if stored text is not UTF-8."""
    text = JsonText()
    text.put(head(names))
    for columns, first, last in slices:
        put_rows(text, columns, first, last)
    text.put(b"]}")
    return decoded(text)


def columns_to_json(names: Sequence[str], slices: Sequence[Slice]) -> str:
    """The same column by column."""
    text = JsonText()
    text.put(b'{"columns":%b,"cells":[' % ENCODER.encode(list(names)).encode())
    for place in range(len(names)):
        text.open_row()
        for columns, first, last in slices:
            put_column(text, columns[place], first, last)
        text.close_row()
    text.put(b"]}")
    return decoded(text)


def slice_of(batch: Batch) -> Slice:
    """All rows of a batch."""
    return list(map(vector_cells, batch.vectors)), 0, batch.count


def head(names: Sequence[str]) -> bytes:
    """What stands before the rows."""
    return b'{"columns":%b,"rows":[' % ENCODER.encode(list(names)).encode()


def decoded(text: JsonText) -> str:
    """The whole text; BadCell if stored text is not UTF-8."""
    try:
        return text.decode()
    except UnicodeDecodeError:
        raise BadCell("UTF-8 text") from None


def vector_cells(vector: Vector) -> VectorCells:
    """A column as the kernels take it."""
    data_type, data = vector.type, vector.data
    if data_type.name == "float32":
        shortest = shortest_float32(memoryview(data).cast("f"))
        data_type, data = FLOAT64, memoryview(array("d", shortest)).cast("B")
    offsets = NO_OFFSETS if vector.offsets is None else vector.offsets
    flags = NO_NULL if vector.validity is None else valid_flags(vector)
    return VectorCells(data_type.tag, data_type.width, data, offsets, flags)
