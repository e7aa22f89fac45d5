"""Databases that are WebAssembly too, each called from JavaScript as its users do.

sql.js and duckdb-wasm are in memory, node-sqlite3-wasm has a file, and PGlite a folder, to which it
writes without a flush: it sets `fsync` off. `node` runs one process for each, which takes requests
as lines of JSON and says how long the work itself took: see `node/peer.mjs`. Rows are given as
files, read before the clock runs.

They take part where node is installed. The first time, npm puts what `node/package-lock.json` names
into `build/bench/node`.
"""

import json
import shutil
import subprocess
from collections.abc import Iterable
from dataclasses import replace
from functools import cache
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any, ClassVar

import pyarrow as pa

from tests.benchmarks.bench.contestants_sql import (
    ADD_COLUMN,
    BY_CUSTOMER,
    BY_ID,
    CREATED,
    FEW,
    GROUP,
    INSERT,
    JOIN,
    PEOPLE,
    REWRITE,
    SCHEMA,
    SET_AMOUNT,
    Sql,
)
from tests.benchmarks.bench.data import Row, Rows, Steps
from tests.benchmarks.bench.measuring import Elsewhere
from tests.benchmarks.orders import tuples

SOURCE = Path(__file__).parent / "node"
PLACE = Path(__file__).parents[3] / "build/bench/node"
INSTALL = ("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--silent")


class PeerFailed(Exception):
    """A database in node says what went wrong."""


def node_is_there() -> bool:
    return shutil.which("node") is not None and shutil.which("npm") is not None


@cache
def installed() -> Path:
    """The folder with the adapters and all that they need."""
    PLACE.mkdir(parents=True, exist_ok=True)
    lock = PLACE / "package-lock.json"
    wanted = (SOURCE / lock.name).read_bytes()
    is_new = not lock.is_file() or lock.read_bytes() != wanted
    for file in SOURCE.iterdir():
        shutil.copy(file, PLACE)
    if is_new or not (PLACE / "node_modules").is_dir():
        subprocess.run(INSTALL, cwd=PLACE, check=True)
    return PLACE


class NodePeer(Sql):
    """A process with an open database."""

    name: ClassVar[str]
    schema: ClassVar[tuple[str, ...]] = SCHEMA
    rewrite: ClassVar[tuple[str, ...]] = REWRITE
    cold_program = None
    load_pages = None
    filter_models = None
    all_dicts = None  # rows as objects cost what is written in JavaScript, not the database
    all_models = None

    def __init__(self, folder: Path) -> None:
        self.path = folder / f"{self.name}.database"
        self.folder = folder
        command = ["node", "peer.mjs", self.name, str(self.path)]
        self.process = subprocess.Popen(
            command, cwd=installed(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.tell("run", statements=self.schema)

    def close(self) -> None:
        self.process.communicate()

    def tell(self, do: str, **request: Any) -> Elsewhere:
        """Have something done."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        print(json.dumps({"do": do, **request}), file=self.process.stdin, flush=True)
        reply = json.loads(self.process.stdout.readline())
        if "error" in reply:
            raise PeerFailed(f"{self.name}: {reply['error']}")
        return Elsewhere(rows_of(reply["answer"]), reply["microseconds"])

    def rows_as_taken(self, rows: Rows) -> str:
        """The path of a file with the rows as JSON."""
        listed = tuples(rows) if isinstance(rows, pa.Table) else rows
        with NamedTemporaryFile("w", dir=self.folder, suffix=".json", delete=False) as file:
            json.dump(listed, file)
        return file.name

    def load_people(self, people: pa.Table) -> None:
        self.tell("together", sql=PEOPLE, rows=self.rows_as_taken(people))

    def load_rows(self, rows: str) -> Elsewhere:
        return self._inserted("together", rows)

    load_arrow = load_rows
    insert_batch = load_rows
    insert_together = load_rows
    append_together = load_rows

    def insert_durably(self, rows: str) -> Elsewhere:
        return self._inserted("changes", rows)

    def _inserted(self, do: str, rows: str) -> Elsewhere:
        return replace(self.tell(do, sql=INSERT, rows=rows), answer=None)

    def ask(self, sql: str, parameters: Iterable[Any] = ()) -> Any:
        return self.tell("ask", sql=sql, parameters=list(parameters))

    def get_each(self, keys: list[int]) -> Any:
        return self.each(BY_ID, keys)

    ask_each = get_each

    def of_customers(self, buyers: list[int]) -> Any:
        return self.each(BY_CUSTOMER, buyers)

    def each(self, sql: str, keys: list[int]) -> Elsewhere:
        return self.tell("each", sql=sql, lists=[[key] for key in keys])

    def change(self, sql: str, parameters: Row) -> Any:
        return self.tell("change", sql=sql, parameters=parameters)

    def _changes_together(self, sql: str, parameters: list[Row]) -> Any:
        return self.tell("together", sql=sql, lists=parameters)

    def mixed(self, transactions: list[Steps]) -> Any:
        return self.tell("mixed", read=CREATED, write=SET_AMOUNT, transactions=transactions)

    def add_column(self) -> Any:
        return self._execute_all([ADD_COLUMN])

    def widen_column(self) -> Any:
        return self._execute_all(self.rewrite)

    def _execute_all(self, statements: Iterable[str]) -> Any:
        return self.tell("run", statements=list(statements))


def rows_of(answer: Any) -> Any:
    """Rows as tuples, other answers as they are."""
    if isinstance(answer, list):
        return [tuple(each) if isinstance(each, list) else each for each in answer]
    return answer


class Fleeting(NodePeer):
    """One that flushes nothing: it inserts what the others do, and no time counts."""

    def insert_durably(self, rows: str) -> Elsewhere:
        return replace(super().insert_durably(rows), microseconds=None)


class SqlJs(Fleeting):
    name = "sql-js"


class NodeSqlite(NodePeer):
    name = "node-sqlite3-wasm"


class PgLite(Fleeting):
    name = "pglite"
    schema = tuple(each.replace("integer", "bigint") for each in SCHEMA)
    rewrite = ("alter table orders alter column quantity set data type numeric",)


class DuckDbWasm(Fleeting):
    """Rows one by one are not its trade, as with DuckDB."""

    name = "duckdb-wasm"
    schema = PgLite.schema
    rewrite = (
        "drop index orders_customer",
        "alter table orders alter quantity set data type hugeint",
        SCHEMA[2],
    )
    load_rows = None

    def rows_as_taken(self, rows: Rows) -> str:
        """The path of a file with an Arrow stream, of a JSON file for rows that are none."""
        if not isinstance(rows, pa.Table):
            return super().rows_as_taken(rows)
        path = self.folder / f"{id(rows)}.arrow"
        with pa.ipc.new_stream(path, rows.schema) as stream:
            stream.write_table(rows)
        return str(path)

    def load_people(self, people: pa.Table) -> None:
        self._load("customers", self.rows_as_taken(people))

    def load_arrow(self, rows: str) -> Elsewhere:
        return self._load("orders", rows)

    def _load(self, table: str, stream: str) -> Elsewhere:
        return self.tell("loadArrow", table=table, stream=stream)

    def filter_arrow(self) -> Any:
        return self.tell("arrow", sql=FEW)

    def all_arrow(self) -> Any:
        return self.tell("arrow", sql="select * from orders")

    def group(self) -> Any:
        return self.tell("arrow", sql=GROUP)

    def join_group(self) -> Any:
        return self.tell("arrow", sql=JOIN)
