"""Power is lost after any operation: the database is found as one of its commits left it.

Every workload runs once, on a disk that remembers. For each point in time the disk is then put
together as a power loss may leave it, many times over, and opened. What is found must be the
content after the last acknowledged commit, or after one begun since; and the file must be sound.
Now and then power is lost again while the database recovers.

A recovered file that is equal to one seen before, byte by byte, has the same content and is as
sound, so only new ones are looked into. That is what lets this test thousands of images a minute.
"""

import random
from collections.abc import Sequence

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings

from tests.faults.campaign import campaign
from tests.faults.workload import (
    LABELS,
    LONG_KEY,
    LONG_NOTES,
    LONG_TAGS,
    NOTES,
    NOTES_AGAIN,
    PAGEFUL,
    PLAIN_NOTES,
    TAGS,
    VISITED_NOTES,
    History,
    Step,
    checkpoint,
    content_of,
    create,
    delete,
    drop,
    group,
    insert,
    insert_with_second_thoughts,
    migrate,
    problems_of,
    recover,
    reopen,
    update,
    visit,
    visit_with_second_thoughts,
)
from tests.support.crash_disk import CrashDisk, Image, digest_of
from tests.support.engine_on_memory import EngineOnMemory

SMALL_LOG = 4_000
IMAGES_PER_POINT = 10
ROUNDS_MAX = 2_000
SCENARIOS: dict[str, list[Step]] = {
    "rows one by one": [create(NOTES), *[insert(number, 1) for number in range(12)]],
    "rows that grow, shrink and go": [
        create(NOTES),
        insert(0, 30),
        update(5, 10, "longer than it was before " * 20),
        update(5, 5, "short"),
        delete(0, 12),
        insert(100, 20, body="into the gaps"),
        checkpoint,
        update(20, 4, "other"),
        delete(100, 20),
    ],
    "many rows that stay where they are": [
        create(VISITED_NOTES),
        insert(0, 300),
        visit(0, 200, 7),
        visit(100, 150, 1 << 60, stars=5),
        checkpoint,
        visit(50, 250, -1),
        delete(20, 160),
        visit(0, 300, 0),
        recover,
        visit_with_second_thoughts(180, 80),
        visit(200, 100, 3, stars=9),
    ],
    "nodes that split": [
        create(NOTES),
        *[insert(first, 12, body=LONG_KEY) for first in range(0, 72, 12)],
        checkpoint,
        insert(200, 40, body=LONG_KEY),
        delete(10, 50),
        insert(10, 20, body=LONG_KEY),
    ],
    "tables that refer to each other": [
        create(NOTES, TAGS),
        insert(0, 10),
        insert(0, 10, table="tags"),
        delete(3, 4),
        checkpoint,
        insert(20, 5),
        insert(20, 5, table="tags"),
        delete(0, 30),
    ],
    "tables that go": [
        create(NOTES, TAGS),
        insert(0, 10),
        insert(0, 10, table="tags"),
        drop("tags"),
        create(TAGS),
        checkpoint,
        insert(4, 3, table="tags"),
        drop("tags", "notes"),
        create(PLAIN_NOTES),
    ],
    "tables that become others": [
        create(NOTES, TAGS),
        insert(0, 30, body="to be written anew" * 20),
        insert(0, 10, table="tags"),
        migrate(LONG_NOTES, LONG_TAGS),
        checkpoint,
        migrate(LONG_NOTES, LABELS),
        migrate(LONG_NOTES),
        migrate(NOTES_AGAIN),
    ],
    "bulk loads past the end": [
        create(PLAIN_NOTES),
        insert(0, 3),
        insert(10, 16, body=PAGEFUL),
        update(0, 2, "after the load"),
        delete(10, 6),
        insert(40, 2, body=PAGEFUL),
    ],
    "closed and opened": [
        create(NOTES),
        insert(0, 5),
        reopen,
        insert(5, 5),
        checkpoint,
        reopen,
        create(TAGS),
        insert(5, 5, table="tags"),
    ],
    "transactions": [
        create(NOTES),
        insert(0, 8),
        group(10, transactions=3, count=4),
        insert_with_second_thoughts(30, 5),
        checkpoint,
        group(50, transactions=5, count=1),
        delete(10, 20),
        group(10, transactions=2, count=10),
        insert_with_second_thoughts(60, 20),
    ],
    "killed and recovered": [
        create(NOTES),
        insert(0, 5),
        recover,
        update(1, 3, "once more " * 50),
        delete(0, 1),
        recover,
        recover,
        insert(10, 5),
    ],
}


class Recovery:
    """Opens images and judges what it finds; `seen` counts the distinct ones."""

    def __init__(self) -> None:
        self.seen: set[bytes] = set()
        self._contents: dict[bytes, str] = {}

    def judge(self, image: Image, allowed: set[str]) -> CrashDisk | None:
        """The disk after the recovery; None for an image that was judged before."""
        digest = image.digest()
        if digest in self.seen:
            return None
        self.seen.add(digest)
        disk = CrashDisk(image)
        engine = EngineOnMemory(disk.memory, disk.log)
        assert self._content(engine, disk) in allowed
        return disk

    def _content(self, engine: EngineOnMemory, disk: CrashDisk) -> str:
        image = disk.image()
        assert image.log == b""
        digest = digest_of(image.memory)
        if digest not in self._contents:
            assert problems_of(engine) == []
            self._contents[digest] = content_of(engine)
        return self._contents[digest]

    def judge_twice(self, image: Image, allowed: set[str], chance: random.Random) -> None:
        """Lose power during the recovery as well."""
        recovered = self.judge(image, allowed)
        if recovered is not None:
            for point in recovered.crash_points():
                self.judge(point.image(chance), allowed)


def lose_power(history: History, recovery: Recovery, chance: random.Random, *, images: int) -> None:
    """Judge so many images for each point in time."""
    for point in history.disk.crash_points():
        allowed = history.allowed(point.number)
        for _ in range(1 if point.is_settled else images):
            if chance.random() < 0.05:
                recovery.judge_twice(point.image(chance), allowed, chance)
            else:
                recovery.judge(point.image(chance), allowed)


@pytest.mark.parametrize("scenario", SCENARIOS)
@pytest.mark.parametrize("variant", ["full", "small log", "normal"])
def test_committed_work_survives(scenario: str, variant: str) -> None:
    history = History(
        log_size_max=SMALL_LOG if variant == "small log" else 1 << 20,
        flushes_commits=variant != "normal",
    ).run(SCENARIOS[scenario])
    expected = -(-campaign().images // (3 * len(SCENARIOS)))
    recovery = Recovery()
    for seed in range(ROUNDS_MAX):
        lose_power(history, recovery, random.Random(seed), images=IMAGES_PER_POINT)
        if len(recovery.seen) >= expected:
            break
    assert len(recovery.seen) >= expected


ids = st.integers(0, 60)
counts = st.integers(1, 25)
bodies = st.sampled_from(["", "short", "longer " * 40, LONG_KEY])
steps = st.one_of(
    st.builds(update, ids, counts, bodies),
    st.builds(delete, ids, counts),
    st.sampled_from([checkpoint, reopen, recover]),
)


@st.composite
def workloads(draw: st.DrawFn) -> Sequence[Step]:
    """Inserts of fresh ids, with other steps between them."""
    work: list[Step] = [create(NOTES)]
    for number in range(draw(st.integers(1, 5))):
        work.append(insert(30 * number, draw(counts), body=draw(bodies)))
        work.extend(draw(st.lists(steps, max_size=3)))
    return work


@settings(max_examples=campaign().workloads)
@given(workloads(), st.sampled_from([SMALL_LOG, 1 << 20]), st.integers(0, 1 << 30))
def test_any_committed_work_survives(work: Sequence[Step], log_size_max: int, seed: int) -> None:
    history = History(log_size_max=log_size_max).run(work)
    lose_power(history, Recovery(), random.Random(seed), images=2)
