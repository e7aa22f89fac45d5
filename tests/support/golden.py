"""Golden scripts: commands, `---`, what they print.

    # semantics 93: kept
    create users: id uint32 key, name text; index name
    insert users(id, name): [1, "Alice"], [2, "Bob"]
    ---
    created users
    inserted 1, 2

    t1: begin
    t1: update users set {"name": "Bobby"} where {"Eq": ["id", 2]}
    select users order name desc limit 1
    ---
    t1: transaction 0
    t1: changed 1
    id | name
    2 | "Bob"

Blocks are separated by blank lines, `#` starts a comment line. A prefix `t1:` runs a command in the
transaction that session t1 began, `#99:` in transaction 99. Cells, keys, filters and changes are
JSON; errors print as `error code: message`. All commands:

    create TABLE: COLUMN TYPE [key] [null] [unique] [auto] [default JSON] [was OLD]
                  [-> TABLE.COLUMN [ACTION] [update ACTION] [deferred] [unindexed]], ...
                  [; index COLUMN, ...] [; unique COLUMN, ...] [; align SIZE] [; was OLD]
                                 custom types are written custom:TAG[:WIDTH]
    define JSON                  creates a table, rules and all
    drop TABLE, ...
    want TABLE: ... | JSON       one of the tables that the next migration leads to
    pending                      what that migration consists of
    migrate [destructive]        does it
    migrate ... with JSON        with expressions, by table and column
    drift                        what the typed interface says of the created tables
    insert TABLE(COLUMN, ...): [CELL, ...], ...
    upsert TABLE(COLUMN, ...): [CELL, ...], ...
    fill TABLE(COLUMN, ...) COUNT: MODULUS, ...
                                 rows 1 to COUNT, whose cells are the row's number modulo that
    select TABLE [columns COLUMN, ...] [where FILTER] [order COLUMN [desc], ...]
                 [limit N] [offset N] [with {further keys of the statement}]
    get TABLE: KEY, ...          the rows with these primary keys
    explain SELECT               its plan, with about how many rows each step gives
    run SELECT                   its plan, with how many rows each step gave
    update TABLE set CHANGES [where FILTER]
    delete TABLE [cascade] [where FILTER]
    begin [snapshot | reading]   at the level serializable unless it says otherwise
    commit, rollback, reopen     savepoint, back to N, release N
    reopen as NAME               with NAME as the identity, which is shown in hexadecimal
    grant NAME GRANTS            GRANTS is JSON without the identity, as for revoke; grants lists
    check                        sound, or a line for each problem
    pages                        what each page is for, in order
    dump PAGE OFFSET SIZE        bytes of the closed file
    tables                       the stored definitions as JSON
"""

import json
import re
from collections.abc import Iterator
from typing import Any

from tests.support.engine_under_test import PAGE_SIZE, EngineUnderTest
from tests.support.golden_syntax import parse_clauses, parse_definition, parse_select
from wasidb.errors import DbmsError

SESSION = re.compile(r"(?:(t\d+|#\d+): )?(\w+) ?(.*)")


def run_script(text: str, engine: EngineUnderTest) -> str:
    """The script with the output its commands really have; equal to `text` when all is well."""
    script = Script(engine)
    return "\n\n".join(script.run_block(block) for block in text.strip("\n").split("\n\n")) + "\n"


class Script:
    """A run of a script: the engine and the sessions it has begun."""

    def __init__(self, engine: EngineUnderTest) -> None:
        self.engine = engine
        self.sessions: dict[str, int] = {}
        self.wanted: list[dict[str, Any]] = []

    def run_block(self, block: str) -> str:
        """The block with its real output."""
        commands = block.partition("\n---")[0]
        lines = [line for line in commands.splitlines() if not line.startswith("# ")]
        output = [printed for line in lines for printed in self.run(line)]
        return "\n".join([commands, "---", *output] if output else [commands])

    def run(self, line: str) -> Iterator[str]:
        """What one command prints."""
        found = SESSION.fullmatch(line)
        assert found, f"not a command: {line}"
        session, command, rest = found.groups()
        prefix = f"{session}: " if session else ""
        try:
            for output in getattr(self, f"run_{command}")(rest, session):
                yield prefix + output
        except DbmsError as error:
            yield f"{prefix}error {error.code}: {error.message}"

    def transaction(self, session: str | None) -> int | None:
        """The transaction a command of `session` runs in."""
        if session is None:
            return None
        return int(session[1:]) if session[0] == "#" else self.sessions[session]

    def run_create(self, rest: str, session: str | None) -> Iterator[str]:
        definition = parse_definition(rest)
        self.engine.create(definition)
        yield f"created {definition['name']}"

    def run_define(self, rest: str, session: str | None) -> Iterator[str]:
        definition = json.loads(rest)
        self.engine.create(definition)
        yield f"created {definition['name']}"

    def run_drop(self, rest: str, session: str | None) -> Iterator[str]:
        self.engine.drop(*rest.split(", "))
        yield f"dropped {rest}"

    def run_want(self, rest: str, session: str | None) -> Iterator[str]:
        self.wanted.append(json.loads(rest) if rest.startswith("{") else parse_definition(rest))
        return iter(())

    def run_pending(self, rest: str, session: str | None) -> Iterator[str]:
        operations = self.engine.call("catalog", "pending-migrations", json.dumps(self.wanted))
        yield from operation_lines(operations)

    def run_migrate(self, rest: str, session: str | None) -> Iterator[str]:
        policy, _, expressions = rest.partition("with ")
        options = json.dumps(
            {
                "allow_destructive": policy.strip() == "destructive",
                "expressions": json.loads(expressions or "{}"),
            }
        )
        wanted, self.wanted = json.dumps(self.wanted), []
        yield from operation_lines(self.engine.call("catalog", "migrate", wanted, options))

    def run_drift(self, rest: str, session: str | None) -> Iterator[str]:
        yield "drift" if self.engine.call("database", "has-drift") else "no drift"

    def run_insert(self, rest: str, session: str | None) -> Iterator[str]:
        table, names, rows = parse_rows(rest)
        keys = self.engine.insert(table, names, *rows, tx=self.transaction(session))
        yield f"inserted {', '.join(map(as_json, keys))}"

    def run_fill(self, rest: str, session: str | None) -> Iterator[str]:
        target, _, moduli = rest.partition(": ")
        names, _, count = target.rpartition(" ")
        numbers = json.loads(f"[{moduli}]")
        rows = [[row % each for each in numbers] for row in range(1, int(count) + 1)]
        table, columns, _ = parse_rows(names)
        keys = self.engine.insert(table, columns, *rows, tx=self.transaction(session))
        yield f"inserted {len(keys)} rows"

    def run_upsert(self, rest: str, session: str | None) -> Iterator[str]:
        table, names, rows = parse_rows(rest)
        done = self.engine.upsert(table, names, *rows, tx=self.transaction(session))
        keys = ", ".join(map(as_json, done["keys"]))
        yield f"inserted {done['inserted']}, updated {done['updated']}: {keys}"

    def run_select(self, rest: str, session: str | None) -> Iterator[str]:
        answer = self.engine.answer(parse_select(rest), self.transaction(session))
        yield " | ".join(answer["columns"])
        for row in answer["rows"]:
            yield " | ".join(map(as_json, row))

    def run_get(self, rest: str, session: str | None) -> Iterator[str]:
        table, _, keys = rest.partition(": ")
        tx = self.transaction(session)
        for row in json.loads(self.engine.call("rows", "get-many", table, f"[{keys}]", tx)):
            yield "nothing" if row is None else " | ".join(map(as_json, row))

    def run_explain(self, rest: str, session: str | None) -> Iterator[str]:
        yield from plan_lines(self.engine.explain(parse_select(rest), self.transaction(session)))

    def run_run(self, rest: str, session: str | None) -> Iterator[str]:
        tx = self.transaction(session)
        yield from plan_lines(self.engine.explain(parse_select(rest), tx, execute=True))

    def run_update(self, rest: str, session: str | None) -> Iterator[str]:
        table, clauses = parse_clauses(rest)
        changes, where = clauses["set"][0], clauses.get("where", [None])[0]
        count = self.engine.update(table, changes, where, self.transaction(session))
        yield f"changed {count}"

    def run_delete(self, rest: str, session: str | None) -> Iterator[str]:
        table, clauses = parse_clauses(rest)
        behavior = "cascade" if "cascade" in clauses else "restrict"
        where = clauses.get("where", [None])[0]
        count = self.engine.delete(table, where, self.transaction(session), behavior)
        yield f"deleted {count}"

    def run_begin(self, rest: str, session: str) -> Iterator[str]:
        options: dict[str, Any] = {"read_only": True} if rest == "reading" else {}
        if rest == "snapshot":
            options = {"isolation": rest}
        self.sessions[session] = self.engine.begin(**options)
        yield f"transaction {self.sessions[session]}"

    def run_commit(self, rest: str, session: str) -> Iterator[str]:
        self.engine.call("rows", "commit", self.transaction(session))
        yield "committed"

    def run_rollback(self, rest: str, session: str) -> Iterator[str]:
        self.engine.call("rows", "rollback", self.transaction(session))
        yield "rolled back"

    def run_savepoint(self, rest: str, session: str) -> Iterator[str]:
        number = self.engine.call("rows", "savepoint", self.transaction(session))
        yield f"savepoint {number}"

    def run_back(self, rest: str, session: str) -> Iterator[str]:
        number = int(rest.removeprefix("to "))
        self.engine.call("rows", "rollback-to", self.transaction(session), number)
        yield f"back to {number}"

    def run_release(self, rest: str, session: str) -> Iterator[str]:
        self.engine.call("rows", "release", self.transaction(session), int(rest))
        yield f"released {rest}"

    def run_reopen(self, rest: str, session: str | None) -> Iterator[str]:
        identity = rest.removeprefix("as ").encode().hex() if rest else None
        self.engine.reopen(identity=identity)
        yield "reopened" if identity is None else f"reopened as {identity}"

    def run_grant(self, rest: str, session: str | None) -> Iterator[str]:
        self.engine.call("maintenance", "grant", grants_json(rest))
        yield "granted"

    def run_revoke(self, rest: str, session: str | None) -> Iterator[str]:
        self.engine.call("maintenance", "revoke", grants_json(rest))
        yield "revoked"

    def run_grants(self, rest: str, session: str | None) -> Iterator[str]:
        yield from map(as_json, json.loads(self.engine.call("maintenance", "access-list")))

    def run_check(self, rest: str, session: str | None) -> Iterator[str]:
        problems = self.engine.check()
        yield from map(as_json, problems) if problems else ["sound"]

    def run_pages(self, rest: str, session: str | None) -> Iterator[str]:
        yield " ".join(json.loads(self.engine.call("maintenance", "page-map"))["pages"])

    def run_tables(self, rest: str, session: str | None) -> Iterator[str]:
        yield from map(as_json, json.loads(self.engine.call("catalog", "tables")))

    def run_dump(self, rest: str, session: str | None) -> Iterator[str]:
        page, offset, size = map(int, rest.split())
        self.engine.close()
        start = page * PAGE_SIZE + offset
        content = self.engine.path.read_bytes()[start : start + size]
        self.engine.open()
        for at in range(0, size, 16):
            yield f"{offset + at:04x}  {content[at : at + 16].hex(' ')}"


def parse_rows(rest: str) -> tuple[str, list[str], list[list[Any]]]:
    """The table, the columns and the rows that come after `insert` or `upsert`."""
    target, _, rows = rest.partition(": ")
    table, _, columns = target.rstrip(")").partition("(")
    return table, columns.split(", ") if columns else [], json.loads(f"[{rows}]")


def plan_lines(step: dict[str, Any], depth: int = 0) -> Iterator[str]:
    """A line for each step of a plan, those that it asks for rows below it."""
    figures = ""
    if "rows" in step:
        figures = f"  --> {step['rows']} rows"
    elif "estimated_rows" in step:
        figures = f"  --> about {step['estimated_rows']} rows"
    yield "  " * depth + step["details"] + figures
    for each in step["inputs"]:
        yield from plan_lines(each, depth + 1)


def grants_json(rest: str) -> str:
    """The grants that come after `grant NAME` or `revoke NAME`, with the identity among them."""
    name, _, grants = rest.partition(" ")
    return json.dumps({"identity": name.encode().hex(), **json.loads(grants)})


def operation_lines(operations: str) -> Iterator[str]:
    """A line for each operation of a migration; a destructive one is marked."""
    for operation in json.loads(operations):
        yield operation["text"] + (" (destructive)" if operation["destructive"] else "")


def as_json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
