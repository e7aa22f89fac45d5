"""A database as lines of JSON: first what the tables are, then their rows.

    {"definition": {"name": "users", "primary_key": "id", "columns": [...], ...}}
    {"table": "users", "row": [1, "Ann"]}

Cells are those of rows JSON, in declaration order.
"""

import json
import os
from dataclasses import asdict
from typing import Any

from wasidb_guest.api.damaged_file import read_damaged
from wasidb_guest.api.new_file import new_file
from wasidb_guest.encoding.definition_json import definition_to_json
from wasidb_guest.tables.salvage import Salvage


def dump_damaged(path: str, output: str) -> dict[str, Any]:
    """Write what can be read from the file at `path` to the new file `output`.

    Gives how many rows each table has there, and every problem met: what is not in the output.
    """
    pages, refusal = read_damaged(path)
    try:
        salvage = Salvage(pages)
        if refusal is not None:
            salvage.note(0, 0, f"the redo log is left out: {refusal}")
        return _dump(salvage, output)
    finally:
        pages.log.close()
        pages.memory.close()


def _dump(salvage: Salvage, output: str) -> dict[str, Any]:
    rows = dict.fromkeys(salvage.definitions, 0)
    with new_file(output) as part, open(part, "w", encoding="utf-8") as lines:
        for definition in salvage.definitions.values():
            lines.write(json.dumps({"definition": definition_to_json(definition)}) + "\n")
        for name in rows:
            before = f'{{"table": {json.dumps(name)}, "row": '
            for found in salvage.rows(name):
                lines.writelines(f"{before}{row}}}\n" for row in map(json.dumps, found))
                rows[name] += len(found)
        lines.flush()
        os.fsync(lines.fileno())
    tables = [{"name": name, "rows": count} for name, count in rows.items()]
    return {"tables": tables, "problems": [asdict(problem) for problem in salvage.problems]}
