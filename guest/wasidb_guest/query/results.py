"""Batches as the JSON that `rows.select` gives.

{"columns": ["id", "name"], "rows": [[1, "a"], [2, null]]}
"""

import json

from wasidb_guest.encoding.cell_vectors import vector_to_json
from wasidb_guest.vectors import Batch

ENCODER = json.JSONEncoder(ensure_ascii=False, check_circular=False, separators=(",", ":"))


def batch_to_json(batch: Batch) -> str:
    """The names and the rows of a batch."""
    columns = [vector_to_json(vector) for vector in batch.vectors]
    rows = list(zip(*columns, strict=True)) if columns else [()] * batch.count
    return ENCODER.encode({"columns": list(batch.names), "rows": rows})
