"""A migration is cut off at each of its writes: the old tables are found, or the new ones.

Random tables with rows become others, as in tests/properties/test_migrations. After each operation
on the disk the process is killed, which leaves all that was done, and power is lost, which does
not. Whoever opens the database next finds it sound, with the definitions and rows from before or
from after, and once the migration was acknowledged with those from after.
"""

import json
import random
from collections.abc import Iterator

from tests.faults.campaign import campaign, first_seed
from tests.faults.workload import Change, History, Step, checkpoint, content_of, problems_of
from tests.support.crash_disk import CrashDisk, CrashPoint, Image
from tests.support.engine_on_memory import EngineOnMemory
from tests.support.migration_model import Impossible, migrated
from tests.support.random_schemas import Definition, Schema
from wasidb_guest.api.catalog import Catalog
from wasidb_guest.api.rows import Rows

WORKLOADS_PER_MIGRATION = 4
CHANGES_MAX = 4
LOG_SIZES = (4_000, 1 << 20)


def create(tables: list[Definition]) -> Change:
    """Create tables, in one commit."""
    return lambda engine: Catalog(engine).create_tables(json.dumps(tables))


def insert(table: Definition, rows: list[list[object]]) -> Change:
    """Insert rows, in one commit."""
    names = [column["name"] for column in table["columns"]]
    text = json.dumps({"columns": names, "rows": rows})
    return lambda engine: Rows(engine).insert(table["name"], text, None)


def migrate(tables: list[Definition]) -> Change:
    """Have these tables and no others, in one commit."""
    return lambda engine: Catalog(engine).migrate(json.dumps(tables), '{"allow_destructive": true}')


def draw_steps(chance: random.Random) -> list[Step]:
    """Tables, rows, and a migration that is possible."""
    schema = Schema(chance)
    for _ in range(2):
        schema.add_table()
    rows = {table["name"]: schema.draw_rows(table) for table in schema.tables}
    steps: list[Step] = [create(schema.tables)]
    steps += [insert(table, rows[table["name"]]) for table in schema.tables]
    steps += [checkpoint] * chance.randint(0, 1)
    while True:
        wanted = schema.wanted()
        for _ in range(chance.randint(1, CHANGES_MAX)):
            wanted.change()
        try:
            migrated(schema.tables, rows, wanted.tables)
        except Impossible:
            continue
        return [*steps, migrate(wanted.tables)]


def images_of(point: CrashPoint, chance: random.Random) -> Iterator[Image]:
    yield point.killed()
    if not point.is_settled:
        yield point.image(chance)


def found_in(image: Image) -> str:
    """The content of the database that is on such a disk, which must be sound."""
    disk = CrashDisk(image)
    engine = EngineOnMemory(disk.memory, disk.log)
    assert problems_of(engine) == []
    return content_of(engine)


def judge(seed: int) -> int:
    """Cut one migration off everywhere; how many different disks that gave."""
    chance = random.Random(seed)
    history = History(log_size_max=chance.choice(LOG_SIZES)).run(draw_steps(chance))
    seen: set[bytes] = set()
    for point in history.disk.crash_points():
        if point.number >= history.states[-1].begun:
            for image in images_of(point, chance):
                if image.digest() not in seen:
                    seen.add(image.digest())
                    assert found_in(image) in history.allowed(point.number), f"seed {seed}"
    return len(seen)


def test_a_migration_is_done_or_not() -> None:
    first, count = first_seed(), campaign().workloads // WORKLOADS_PER_MIGRATION
    disks = sum(map(judge, range(first, first + count)))
    assert disks > 2 * count
