"""Batches as the JSON that `rows.select` gives.

{"columns": ["id", "name"], "rows": [[1, "a"], [2, null]]}
"""

import json
from array import array
from collections.abc import Iterable, Sequence

from wasidb_guest.encoding.cell_vectors import valid_flags
from wasidb_guest.encoding.cells import BadCell, shortest_float32
from wasidb_guest.encoding.json_rows import JsonText, VectorCells, put_rows
from wasidb_guest.values import FLOAT64
from wasidb_guest.vectors import Batch, Vector

ENCODER = json.JSONEncoder(ensure_ascii=False, check_circular=False, separators=(",", ":"))
NO_OFFSETS = memoryview(b"").cast("i")
NO_NULL = b""


def batch_to_json(batch: Batch) -> str:
    """The names and the rows of a batch; BadCell if stored text is not UTF-8."""
    return batches_to_json((batch,))


def batches_to_json(batches: Iterable[Batch]) -> str:
    """The names and the rows of one or more batches; BadCell if stored text is not UTF-8."""
    text: JsonText | None = None
    for batch in batches:
        text = text or begin_json(batch.names)
        put_rows(text, cells_of(batch), 0, batch.count)
    assert text is not None, "there is at least one batch"
    return end_json(text)


def cells_of(batch: Batch) -> list[VectorCells]:
    """The columns of a batch as `put_rows` takes them."""
    return list(map(vector_cells, batch.vectors))


def begin_json(names: Sequence[str]) -> JsonText:
    """A text to which rows can be put."""
    text = JsonText()
    text.put(head(names))
    return text


def end_json(text: JsonText) -> str:
    """The text with all its rows; BadCell if stored text is not UTF-8."""
    text.put(b"]}")
    return decoded(text)


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
    """A column as `put_rows` takes it."""
    data_type, data = vector.type, vector.data
    if data_type.name == "float32":
        shortest = shortest_float32(memoryview(data).cast("f"))
        data_type, data = FLOAT64, memoryview(array("d", shortest)).cast("B")
    offsets = NO_OFFSETS if vector.offsets is None else vector.offsets
    flags = NO_NULL if vector.validity is None else valid_flags(vector)
    return VectorCells(data_type.tag, data_type.width, data, offsets, flags)
