"""Damaged Arrow streams: each is refused with an error of ours, or inserts what pyarrow reads.

Never anything else: no other exception, no more than SECONDS_MAX of the processor or GROWTH_MAX of
memory, nothing left in the table after a refusal. As many streams as `test_queries` has statements.
"""

import random
import resource
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from hypothesis import settings

from tests.support.damaged_arrow import (
    TABLE,
    Unreadable,
    damaged,
    draw_stream,
    rows_of,
    value_of_cell,
)
from tests.support.engine_under_test import EngineUnderTest, Start
from tests.support.golden_syntax import parse_definition
from wasidb.errors import ConstraintViolated, InvalidInput

STREAMS = {"native": 100, "interpreted": 10, "component": 10}
"""How many for each example of the profile."""
SECONDS_MAX = 5.0
GROWTH_MAX = 1 << 28
INJURED_EACH = 20
"""How often one stream is damaged, each time otherwise."""

DEFINITION = parse_definition(TABLE)
TYPES = {column["name"]: column["type"] for column in DEFINITION["columns"]}


@contextmanager
def bounded_memory() -> Iterator[None]:
    """This process may take GROWTH_MAX more bytes; MemoryError beyond."""
    before = resource.getrlimit(resource.RLIMIT_AS)
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    limit = pages * resource.getpagesize() + GROWTH_MAX
    resource.setrlimit(resource.RLIMIT_AS, (limit, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, before)


def insert(engine: EngineUnderTest, stream: bytes) -> bool:
    """Whether the stream is taken; if so, what is in the table is what pyarrow reads."""
    tx = engine.begin()
    began = time.process_time()
    try:
        with bounded_memory():
            count = engine.call("columns", "insert-bytes", "t", stream, tx)
        rows = engine.select({"from": "t"}, tx)
    except (InvalidInput, ConstraintViolated):
        assert engine.select({"from": "t"}, tx) == []
        return False
    finally:
        engine.rollback(tx)
        assert time.process_time() - began < SECONDS_MAX
    assert len(rows) == count
    with suppress(Unreadable):
        expected = rows_of(stream, TYPES)
        assert [list(map(value_of_cell, TYPES.values(), row)) for row in rows] == expected
    return True


def test_damaged_streams(
    quick_start: Start, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    streams = settings().max_examples * STREAMS[request.config.getoption("--build")]
    engine = EngineUnderTest(tmp_path / "damaged.wasidb", quick_start)
    engine.create(DEFINITION)
    taken = []
    for number in range(streams // INJURED_EACH):
        chance = random.Random(number)
        stream, other = draw_stream(chance), draw_stream(chance)
        assert insert(engine, stream)
        for _ in range(INJURED_EACH):
            injured = damaged(chance, stream, other)
            try:
                taken.append(insert(engine, injured))
            except Exception as problem:
                pytest.fail(f"stream {number}: {problem!r}\n{injured.hex()}")
    assert 0.05 < sum(taken) / len(taken) < 0.95
    assert engine.check() == []
    engine.close()
