"""The disk refuses its nth operation, for every n: no half-done statement is ever seen.

What a failure may do depends on where it strikes. Until the record of a commit is in the log,
nothing has happened: the statement is refused, the database goes on. Later, what is on the disk is
unknown: every further call is refused until the database is opened again, and then the statement
has been done or it has not.
"""

import random
from collections.abc import Collection
from contextlib import suppress

import pytest

from tests.faults.workload import (
    NOTES,
    PAGEFUL,
    PLAIN_NOTES,
    History,
    Step,
    checkpoint,
    content_of,
    create,
    delete,
    insert,
    problems_of,
    reopen,
    update,
)
from tests.support.crash_disk import GROWTH, KINDS, CrashDisk, Kind
from tests.support.engine_on_memory import EngineOnMemory
from wasidb_guest.api.catalog import Catalog
from wasidb_guest.api.rows import Rows
from wasidb_guest.errors import MemoryFailed, TableNotFound

WORK: dict[str, list[Step]] = {
    "rows": [
        create(NOTES),
        insert(0, 40),
        update(3, 20, "longer than it was before " * 30),
        checkpoint,
        delete(0, 25),
        reopen,
        insert(50, 5),
    ],
    "bulk load": [create(PLAIN_NOTES), insert(0, 17, body=PAGEFUL), delete(3, 4), checkpoint],
}
SMALL_LOG = 10_000
REFUSED: dict[str, Step] = {
    "select": lambda engine: Rows(engine).select('{"from": "notes"}', None),
    "content": content_of,
    "check": problems_of,
    "insert": insert(900, 1),
    "delete": delete(0, 900),
    "checkpoint": checkpoint,
    "create tables": create(PLAIN_NOTES.replace("notes", "more")),
    "tables": lambda engine: Catalog(engine).tables(),
}


def states_of(steps: list[Step]) -> list[str]:
    """The content before the first step and after each, on a disk that does not fail."""
    return [state.content for state in History(log_size_max=SMALL_LOG).run(steps).states]


def opened(disk: CrashDisk) -> EngineOnMemory:
    return EngineOnMemory(disk.memory, disk.log, log_size_max=SMALL_LOG)


def failure_of(step: Step, engine: EngineOnMemory) -> MemoryFailed | None:
    """What the step raises because of the disk."""
    try:
        with suppress(TableNotFound):
            step(engine)
    except MemoryFailed as failure:
        return failure
    return None


def is_refusing(engine: EngineOnMemory) -> bool:
    """Whether the engine refuses work; one that does, refuses all."""
    if failure_of(REFUSED["select"], engine) is None:
        return False
    assert [name for name, call in REFUSED.items() if failure_of(call, engine) is None] == []
    return True


def work_through(disk: CrashDisk, steps: list[Step], states: list[str]) -> None:
    """Do all steps on a disk on which one operation fails, with a second attempt at that step."""
    try:
        engine = opened(disk)
    except MemoryFailed:
        engine = opened(disk)
    for step, before, after in zip(steps, states, states[1:], strict=False):
        engine = done_at_last(disk, engine, step, before, after)
        assert content_of(engine) == after
    with suppress(MemoryFailed):
        engine.close()
    assert content_of(opened(disk)) == states[-1]


def done_at_last(
    disk: CrashDisk, engine: EngineOnMemory, step: Step, before: str, after: str
) -> EngineOnMemory:
    """Do one step, at the second attempt if the disk fails; the engine to go on with."""
    met = len(disk.failures)
    failure = failure_of(step, engine)
    if failure is None:
        failure_of(content_of, engine)  # reads what the step did not need
    else:
        assert "failed on purpose" in failure.message
    if len(disk.failures) == met:
        return engine
    possible = {after} if failure is None else {before, after}
    assert content_after_power_loss(disk) in possible
    if step is reopen or is_refusing(engine):
        engine = opened(disk)
    else:
        assert disk.failures[-1].kind != "flush"
        possible = {after if failure is None else before}
    assert content_of(engine) in possible
    assert problems_of(engine) == []
    if content_of(engine) != after:
        step(engine)
    return engine


def content_after_power_loss(disk: CrashDisk) -> str:
    """What would be found if power were lost now."""
    *_, point = disk.crash_points()
    image = point.image(random.Random(len(disk.journal)))
    return content_of(opened(CrashDisk(image)))


def operation_count(steps: list[Step], kinds: Collection[Kind]) -> int:
    """How many operations of these kinds the steps take."""
    journal = History(log_size_max=SMALL_LOG).run(steps).disk.journal
    return sum(operation.kind in kinds for operation in journal)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("work", WORK)
def test_one_failure(work: str, kind: Kind) -> None:
    steps = WORK[work]
    states = states_of(steps)
    count = operation_count(steps, {kind})
    assert count > 0
    for after in range(count):
        disk = CrashDisk()
        disk.fail(after=after, kinds={kind})
        work_through(disk, steps, states)
        assert [failure.kind for failure in disk.failures] == [kind]


@pytest.mark.parametrize("work", WORK)
def test_full_disk(work: str) -> None:
    """Nothing can be added any more: what is there can still be read, and closed."""
    steps = WORK[work]
    states = states_of(steps)
    opening = 1
    for after in range(opening, operation_count(steps, GROWTH)):
        disk = CrashDisk()
        disk.fail(after=after, kinds=GROWTH, is_lasting=True)
        engine = opened(disk)
        done = steps_done(engine, steps)
        assert content_of(engine) == states[done]
        assert problems_of(engine) == []
        engine.reopen()
        assert content_of(engine) == states[done]
        disk.heal()
        assert steps_done(engine, steps[done:]) == len(steps) - done
        assert content_of(engine) == states[-1]


def steps_done(engine: EngineOnMemory, steps: list[Step]) -> int:
    """Do steps until one fails, twice; how many were done."""
    for done, step in enumerate(steps):
        try:
            step(engine)
        except MemoryFailed:
            with pytest.raises(MemoryFailed, match="failed on purpose"):
                step(engine)
            return done
    return len(steps)
