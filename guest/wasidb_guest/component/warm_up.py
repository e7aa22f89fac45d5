"""What most programs do, done once before the component's image is taken.

Whatever the interpreter does when code runs for the first time, such as to adapt it to the types it
meets and to remember where methods are found, is in the image then. Every instance begins as the
image is, so none has to wait for it.
"""

from wasidb_guest.api.catalog import Catalog
from wasidb_guest.api.engine import HEAP_PATH, Engine
from wasidb_guest.api.maintenance import Maintenance
from wasidb_guest.api.rows import Rows

TABLE = """
[{"name": "rows", "primary_key": "id", "indexes": [["number"]],
  "columns": [{"name": "id", "type": "uint32"}, {"name": "number", "type": "int64"},
              {"name": "text", "type": "text"}]}]
"""
COLUMNS = '["id", "number", "text"]'
STATEMENTS = (
    (f'{{"insert": {{"table": "rows", "columns": {COLUMNS}}}}}', '[[1, 10, "first"]]'),
    (f'{{"get": {{"table": "rows", "columns": {COLUMNS}}}}}', "[1]"),
    (
        f'{{"pages": {{"rows": 100, "select": {{"from": "rows", "columns": {COLUMNS},'
        ' "where": {"Eq": ["number", {"Param": 0}]}}}}',
        "[10]",
    ),
    (
        '{"update": {"table": "rows", "changes": {"number": {"Param": 0}},'
        ' "where": {"Eq": ["id", {"Param": 1}]}}}',
        "[20, 1]",
    ),
    ('{"delete": {"table": "rows", "where": {"Eq": ["id", {"Param": 0}]}}}', "[1]"),
)
"""In the order in which they are executed, each with its parameters."""


def warm_up() -> list[str]:
    """Executes the statements in a database in memory; gives their answers."""
    engine = Engine()
    rows, maintenance = Rows(engine), Maintenance(engine)
    maintenance.open(HEAP_PATH, "{}")
    Catalog(engine).create_tables(TABLE)
    answers = [
        rows.execute(rows.prepare(statement), parameters, None)
        for statement, parameters in STATEMENTS
    ]
    maintenance.close()
    return answers
