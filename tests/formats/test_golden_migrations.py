"""The migrations that the Rust engine has done, done by ours: on its files and on ours.

After each of them its program would find the tables it was compiled with: the same definitions,
byte for byte, and their hash. Where its migrations damage rows, ours leave those that should be
there.
"""

import json
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from tests.formats.canonical import Frames
from tests.formats.replay import Step, Teller
from tests.support.engine_under_test import EngineUnderTest
from tests.support.fixtures import OpenEngine
from tests.support.manifest import GoldenFile, golden_cases, golden_files, to_exact_definition
from wasidb.errors import InvalidDefinition
from wasidb.runtime.typed_contract import MigrationPolicy
from wasidb_guest.tables.registry import read_registry

CASES = ["11-migrations", "16-migration-overlap", "16-page-order"]
FORMER_NAMES = {("items", "quantity"): ["qty"]}


def stretches(case: str) -> Iterator[tuple[GoldenFile | None, list[Step], GoldenFile]]:
    """A file, what was done to it, and the file it was then; first None, for an empty one."""
    files = {file.name: file for file in golden_cases()[case]}
    before, steps = None, []
    for step in next(iter(files.values())).manifest["steps"]:
        if step["op"] == "snapshot":
            yield before, steps, files[step["file"]]
            before, steps = files[step["file"]], []
        else:
            steps.append(step)


class Migrator(Teller):
    """Does the steps of a host that is compiled with other tables from time to time."""

    def _open(self, step: Step) -> None:
        self._engine.reopen()
        self._tables = self._file.definitions(step["schema"])
        with suppress(InvalidDefinition):
            wanted = map(to_exact_definition, self._tables.values())
            self._engine.create(*map(with_former_names, wanted))

    def _has_drift(self, step: Step) -> Any:
        return self._engine.call("database", "has-drift")

    def _pending(self, step: Step) -> list[str]:
        operations = self._engine.call("database", "pending-migrations")
        return [case.title().replace("-", "") for case, _ in operations]

    def _migrate(self, step: Step) -> None:
        self._engine.call("database", "migrate", MigrationPolicy(step["allow_destructive"]))


def with_former_names(definition: dict[str, Any]) -> dict[str, Any]:
    for column in definition["columns"]:
        names = FORMER_NAMES.get((definition["name"], column["name"]))
        if names:
            column["renamed_from"] = names
    return definition


@pytest.mark.parametrize("case", CASES)
def test_story_on_an_empty_file(engine: EngineUnderTest, case: str) -> None:
    migrator: Migrator | None = None
    for _, steps, file in stretches(case):
        migrator = migrator or Migrator(engine, file)
        for step in steps:
            migrator.tell(step)
        assert_is(engine, file)


CONTINUED = [(before, *rest) for case in CASES for before, *rest in stretches(case) if before]


@pytest.mark.parametrize(
    ("before", "steps", "file"), CONTINUED, ids=[str(file) for *_, file in CONTINUED]
)
def test_story_goes_on_in_a_file_of_the_rust_engine(
    open_engine: OpenEngine,
    database_file: Path,
    before: GoldenFile,
    steps: list[Step],
    file: GoldenFile,
) -> None:
    before.unpack(database_file)
    engine = open_engine(database_file)
    migrator = Migrator(engine, before)
    for step in steps:
        migrator.tell(step)
    assert_is(engine, file)


SOUND = [file for file in golden_files() if file.is_sound and file.definitions()]
# Rows of 65,534 bytes, which no sound writer can write.
TOO_LARGE = "14-many-pages"


@pytest.mark.parametrize("file", [file for file in SOUND if file.case != TOO_LARGE], ids=str)
def test_every_table_of_the_rust_engine_can_be_migrated(
    open_engine: OpenEngine, database_file: Path, file: GoldenFile
) -> None:
    """Each gets a column in front of the others, which come in reverse order, and an alignment that
    divides a page.
    """
    file.unpack(database_file)
    engine = open_engine(database_file)
    stored = json.loads(engine.call("catalog", "tables"))
    rows = {table["name"]: engine.select({"from": table["name"]}) for table in stored}
    added = {"name": "added", "type": "uint8", "nullable": True}
    wanted = [
        {**table, "columns": [added, *table["columns"][::-1]], "alignment": 64} for table in stored
    ]
    engine.call("catalog", "migrate", json.dumps(wanted), "{}")
    assert json.loads(engine.call("catalog", "pending-migrations", json.dumps(wanted))) == []
    for name, before in rows.items():
        assert engine.select({"from": name}) == [[None, *row[::-1]] for row in before]
    assert engine.check() == []


def assert_is(engine: EngineUnderTest, file: GoldenFile) -> None:
    """The same rows, and the same definitions as they are stored."""
    for table in file.entry["tables"]:
        stored = engine.select({"from": table})
        assert sorted(map(json.dumps, stored)) == sorted(map(json.dumps, file.rows(table)))
    assert engine.check() == []
    engine.close()
    pages = Frames(engine.path.read_bytes())
    schema_hash, entries = read_registry(pages)
    assert f"{schema_hash:016x}" == file.entry["schema_hash"]
    expected = {table["fingerprint"]: table for table in file.definitions().values()}
    assert {f"{entry.fingerprint:016x}" for entry in entries} == expected.keys()
    for entry in entries:
        snapshot = bytes.fromhex(expected[f"{entry.fingerprint:016x}"]["snapshot_hex"])
        assert pages.read(entry.snapshot).startswith(snapshot)
    engine.open()
