"""The stories of golden manifests, told again by our engine.

    story      open, insert, insert, ..., snapshot 07.a, update, update, snapshot 07.b, ...
    stretch    \\_________ to 07.a __________/            \\__ to 07.b __/

A *stretch* is what was done to a file until it was kept. Two engines that did the same must agree
on what the tables hold, whatever their pages look like.

Rows that were inserted or deleted in one go, each by a call of its own, take one statement here:
the whole library is told in seconds. Not told are

  * stretches in which a migration rewrote a table: those are for `test_golden_migrations`. Tables
    that came or went with a migration come and go when the schema is opened;
  * the steps of `ENDS_OTHERWISE`, where docs/compatibility.md promises another answer;
  * case 15, whose grants tests/functional/test_access_list.py repeats.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from tests.support.engine_under_test import EngineUnderTest
from tests.support.manifest import GoldenFile, to_cell, to_exact_definition
from wasidb.errors import DbmsError

Step = dict[str, Any]

MIGRATION = {"has_drift", "pending", "migrate"}

# Accepted there, refused here: dates that no calendar has, and a row that could not be freed again.
REFUSED_HERE = {
    "03-all-types": {
        *(7, 8, 12, 13, 14, 15),
        *(80, 81, 85, 86, 87, 88, 95, 96, 100, 101, 102, 103, 110, 111),
    },
    "14-many-pages": {11},
}
# Refused there, accepted here: a second NULL in a unique column, and rows that index cannot find.
ENDS_OTHERWISE = {"08-indexes": {202}, "16-orphan-duplicates": {46, 47}}

# Automatic numbers that explicit ones do not move, alignments that do not divide a page, grants.
UNTOLD = {"04-autoincrement.b", "13-alignment.a", "15-acl"}


@dataclass(frozen=True)
class Stretch:
    """The steps that lead to `file`, and the file they started from; None for an empty one."""

    file: GoldenFile
    before: GoldenFile | None
    steps: list[Step]

    def __str__(self) -> str:
        return str(self.file)

    @property
    def is_told(self) -> bool:
        """Whether we can do all of it."""
        known = self.before.definitions() if self.before else {}
        tables = self.file.definitions()
        is_rewritten = any(tables[name] != known[name] for name in tables.keys() & known.keys())
        return not is_rewritten and str(self) not in UNTOLD

    def tell(self, engine: EngineUnderTest) -> None:
        """Do all steps."""
        teller = Teller(engine, self.before or self.file)
        for step in self.steps:
            if step["step"] not in ENDS_OTHERWISE.get(self.file.case, ()):
                teller.tell(step)

    def refused_keys(self, table: str) -> list[Any]:
        """The keys of the rows that only the Rust engine accepted."""
        refused = REFUSED_HERE.get(self.file.case, ())
        steps = [step for step in self.steps if step["step"] in refused and step["table"] == table]
        key = self.file.definitions()[table]["primary_key"]
        return [step["values"][key] for step in steps]


def stretches(story: list[GoldenFile]) -> Iterator[Stretch]:
    """The stretches of one case, whose files are given in order."""
    files = {file.name: file for file in story}
    before: GoldenFile | None = None
    steps: list[Step] = []
    for step in story[0].manifest["steps"]:
        if step["op"] == "snapshot":
            file = files[step["file"]]
            yield Stretch(file, before, steps)
            before, steps = file, []
        elif step["op"] not in MIGRATION:
            steps.append(step)


class Teller:
    """Does steps on an engine whose file has the tables of `start`, or none yet."""

    def __init__(self, engine: EngineUnderTest, start: GoldenFile) -> None:
        self._engine = engine
        self._file = start
        self._tables = start.definitions()
        self._transactions: dict[str, int] = {}

    def tell(self, step: Step) -> None:
        """Do one step; it must end as it did when it was recorded, or as we promise."""
        do = getattr(self, f"_{step['op']}")
        if "error" in step or step["step"] in REFUSED_HERE.get(self._file.case, ()):
            with pytest.raises(DbmsError):
                do(step)
            return
        result = do(step)
        assert result == step.get("result", result), step

    def _open(self, step: Step) -> None:
        """Give the file the tables of a schema, and none beside them."""
        stored = {table["name"] for table in json.loads(self._engine.call("catalog", "tables"))}
        self._tables = self._file.definitions(step["schema"])
        self._engine.drop(*(stored - self._tables.keys()))
        new = [table for name, table in self._tables.items() if name not in stored]
        self._engine.create(*map(to_exact_definition, new))

    def _insert(self, step: Step) -> None:
        row = self._cells(step["table"], step["values"])
        self._engine.insert(step["table"], row, row.values(), tx=self._transaction(step))

    def _insert_many(self, step: Step) -> None:
        table, columns = step["table"], step["columns"]
        rows = [self._cells(table, dict(zip(columns, row, strict=True))) for row in step["rows"]]
        self._engine.insert(table, columns, *(row.values() for row in rows))

    def _update(self, step: Step) -> int:
        changes = self._cells(step["table"], step["set"])
        return self._engine.update(step["table"], changes, step["where"], self._transaction(step))

    def _delete(self, step: Step) -> int:
        table, where, behavior = step["table"], step["where"], step["behavior"]
        return self._engine.delete(table, where, self._transaction(step), behavior)

    def _delete_many(self, step: Step) -> int:
        key = self._tables[step["table"]]["primary_key"]
        return self._engine.delete(step["table"], {"In": [key, step["keys"]]})

    def _begin(self, step: Step) -> None:
        self._transactions[step["tx"]] = self._engine.begin()

    def _commit(self, step: Step) -> None:
        self._engine.commit(self._transactions[step["tx"]])

    def _rollback(self, step: Step) -> None:
        self._engine.rollback(self._transactions[step["tx"]])

    def _transaction(self, step: Step) -> int | None:
        return self._transactions[step["tx"]] if "tx" in step else None

    def _cells(self, table: str, values: dict[str, Any]) -> dict[str, Any]:
        """Manifest values by column as rows-JSON cells."""
        types = {column["name"]: column["type"] for column in self._tables[table]["columns"]}
        return {name: to_cell(types[name], value) for name, value in values.items()}
