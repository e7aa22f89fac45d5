"""How a migration is done: the options of `catalog.migrate` and their JSON.

    {"allow_destructive": false,
     "columns": {"users": {"file": "/exchange/users.arrow", "names": ["level"]}},
     "expressions": {"users": {"initial": {"Slice": [{"Column": "name"}, 0, 1]}}},
     "progress": "/exchange/progress"}

All may be left out. `columns` says where the values of some columns of a wanted table are, see
`migrations.supplies`; `expressions` how those of others are computed, see `query.scalars`.
`progress` is a file, which gets the rows read so far and those to be read in all as two
little-endian u64, again and again.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial

from wasidb_guest.migrations.migration import Transform, Transforms
from wasidb_guest.migrations.supplies import Supply
from wasidb_guest.query.json_input import JsonInput
from wasidb_guest.query.scalars import computed_column

KEYS = ("allow_destructive", "columns", "expressions", "progress")


@dataclass(frozen=True, slots=True)
class MigrationOptions:
    """Whether data may be lost, the columns whose values are given or computed, by table, and the
    file that tells of progress.
    """

    allow_destructive: bool = False
    supplies: Mapping[str, Supply] = field(default_factory=dict)
    transforms: Transforms = field(default_factory=dict)
    progress: str | None = None


def parse_migration_options(text: str) -> MigrationOptions:
    """The options a JSON object says. Raises InvalidQuery naming what is wrong with it."""
    given = JsonInput.load(text, "options").members((), KEYS)
    allows, progress = given.get("allow_destructive"), given.get("progress")
    return MigrationOptions(
        allows is not None and allows.boolean(),
        {table: _supply(each) for table, each in _tables(given, "columns")},
        {table: _transforms(each) for table, each in _tables(given, "expressions")},
        None if progress is None else progress.text(),
    )


def _tables(given: Mapping[str, JsonInput], key: str) -> list[tuple[str, JsonInput]]:
    return list(given[key].entries().items()) if key in given else []


def _supply(source: JsonInput) -> Supply:
    given = source.members(("file", "names"))
    names = given["names"].texts()
    if not names or len(set(names)) < len(names):
        raise given["names"].refused("different column names")
    return Supply(given["file"].text(), names)


def _transforms(source: JsonInput) -> dict[str, Transform]:
    return {column: partial(computed_column, each) for column, each in source.entries().items()}
