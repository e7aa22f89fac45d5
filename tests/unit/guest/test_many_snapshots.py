"""A thousand transactions that only look, and what they cost while nobody writes."""

import gc
import tracemalloc

from tests.support import in_memory
from tests.support.engine_under_test import EngineUnderTest
from tests.support.golden_syntax import parse_definition

COUNT = 1_000
COST_MAX = 1 << 20


def test_open_snapshots_cost_little() -> None:
    engine = EngineUnderTest(None, in_memory.start)  # type: ignore[arg-type]
    engine.create(parse_definition("t: id uint32 key"))
    engine.insert("t", ["id"], [1], [2])
    tracemalloc.start()
    before, _ = tracemalloc.get_traced_memory()
    snapshots = [engine.begin(read_only=True) for _ in range(COUNT)]
    # A traced question takes long, so not all of them ask one.
    assert all(engine.select({"from": "t"}, tx) == [[1], [2]] for tx in snapshots[::10])
    gc.collect()
    after, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert after - before < COST_MAX
