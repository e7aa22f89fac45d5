"""What the Rust engine did, done by ours: the same rows, in files that pass the check.

The same bytes, too, as far as they are promised: for tables that are made and filled row by row,
and for updates that leave every row its size.
"""

import hashlib
import json
from itertools import takewhile
from pathlib import Path

import pytest

from tests.formats.canonical import canonical
from tests.formats.replay import Stretch, stretches
from tests.support.engine_under_test import EngineUnderTest
from tests.support.fixtures import OpenEngine
from tests.support.manifest import golden_cases

STORIES = {case: list(stretches(files)) for case, files in golden_cases().items()}
FROM_THE_BEGINNING = [story for story in STORIES.values() if story[0].is_told]
CONTINUED = [each for story in STORIES.values() for each in story if each.before and each.is_told]
# Made and filled without `insert_many`, which is one statement here, and without several counters
# in one table, whose order is left to chance.
ROW_BY_ROW = [
    "01-empty-example",
    "02-example-demo",
    "06-free-space",
    "07-updates",
    "11-migrations",
    "12-custom-types",
    "16-orphan-leaf",
]
UPDATED_IN_PLACE = ["07-updates", "13b-fixed-size"]


@pytest.mark.parametrize("story", FROM_THE_BEGINNING, ids=lambda story: story[0].file.case)
def test_story_on_an_empty_file(engine: EngineUnderTest, story: list[Stretch]) -> None:
    told: list[Stretch] = []
    for stretch in takewhile(lambda each: each.is_told, story):
        stretch.tell(engine)
        told.append(stretch)
        assert_holds(engine, told)
        engine.reopen()


@pytest.mark.parametrize("stretch", CONTINUED, ids=str)
def test_story_goes_on_in_a_file_of_the_rust_engine(
    open_engine: OpenEngine, database_file: Path, stretch: Stretch
) -> None:
    assert stretch.before is not None
    stretch.before.unpack(database_file)
    engine = open_engine(database_file)
    stretch.tell(engine)
    assert_holds(engine, [stretch])


def test_a_row_that_an_index_of_the_rust_engine_names_twice_is_deleted_once(
    open_engine: OpenEngine, database_file: Path
) -> None:
    before = next(each.before for each in STORIES["08-indexes"] if each.before)
    before.unpack(database_file)
    engine = open_engine(database_file)
    for (code,) in sorted(engine.select({"from": "dup", "columns": ["code"]}), reverse=True):
        assert engine.delete("dup", {"Ge": ["code", code]}) == 1
    assert engine.select({"from": "dup"}) == []
    assert engine.check() == []


@pytest.mark.parametrize("case", ROW_BY_ROW)
def test_tables_filled_row_by_row_have_the_same_bytes(
    engine: EngineUnderTest, tmp_path: Path, case: str
) -> None:
    stretch = STORIES[case][0]
    stretch.tell(engine)
    engine.close()
    expected = stretch.file.unpack(tmp_path / "golden.wasidb")
    assert canonical(engine.path.read_bytes()) == canonical(expected)


@pytest.mark.parametrize("case", UPDATED_IN_PLACE)
def test_updates_that_keep_the_size_leave_the_same_bytes(
    open_engine: OpenEngine, database_file: Path, case: str
) -> None:
    first, second = STORIES[case][:2]
    first.file.unpack(database_file)
    engine = open_engine(database_file)
    second.tell(engine)
    engine.close()
    digest = hashlib.sha256(database_file.read_bytes()).hexdigest()
    assert digest == second.file.entry["sha256"]


def assert_holds(engine: EngineUnderTest, told: list[Stretch]) -> None:
    """The tables hold what they should after these stretches, and the file is sound."""
    file = told[-1].file
    for table in file.entry["tables"]:
        refused = [key for stretch in told for key in stretch.refused_keys(table)]
        expected = [row for row in file.rows(table) if row[0] not in refused]
        stored = engine.select({"from": table})
        assert sorted(map(json.dumps, stored)) == sorted(map(json.dumps, expected))
    assert engine.check() == []
