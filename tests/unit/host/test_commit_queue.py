"""Threads that commit at the same time share one call of the engine."""

import json
import signal
import threading
from typing import Any

import pytest

from wasidb.commit_queue import CommitQueue, Waiting
from wasidb.errors import Conflict, MemoryFailed


class SlowEngine:
    """Holds the first commit until it is told to go on; answers as its `outcomes` say."""

    exchange: Any = None

    def __init__(self, outcomes: dict[int, Any], *, failure: Exception | None = None) -> None:
        self.calls: list[tuple[str, Any]] = []
        self.outcomes = outcomes
        self.failure = failure
        self.has_begun = threading.Event()
        self.may_go_on = threading.Event()

    def call(self, interface: str, function: str, *arguments: Any) -> Any:
        self.calls.append((function, *arguments))
        self.has_begun.set()
        assert self.may_go_on.wait(10)
        if function == "commit":
            return None
        if self.failure is not None:
            raise self.failure
        return json.dumps([self.outcomes.get(number) for number in arguments[0]])

    def close(self) -> None:
        """Nothing to let go of."""


def run_group(engine: SlowEngine) -> dict[int, BaseException | None]:
    """Commits 1, and 2 to 4 while 1 is at work; what came of each."""
    queue = CommitQueue(engine)
    outcomes: dict[int, BaseException | None] = {}

    def commit(number: int) -> None:
        try:
            queue.commit(number)
            outcomes[number] = None
        except (MemoryFailed, Conflict) as error:
            outcomes[number] = error

    threads = [threading.Thread(target=commit, args=(number,)) for number in range(1, 5)]
    threads[0].start()
    assert engine.has_begun.wait(10)
    for number, thread in enumerate(threads[1:], start=1):
        thread.start()
        while len(queue._waiting) < number:
            pass
    engine.may_go_on.set()
    for thread in threads:
        thread.join(10)
    return outcomes


def test_those_who_wait_are_committed_together() -> None:
    engine = SlowEngine({})
    assert run_group(engine) == {1: None, 2: None, 3: None, 4: None}
    assert engine.calls == [("commit", 1), ("commit-many", [2, 3, 4])]


def test_each_hears_of_its_own_error() -> None:
    conflict = {"code": "conflict", "message": "run again", "details": '{"table": "notes"}'}
    outcomes = run_group(SlowEngine({3: conflict}))
    assert (outcomes[1], outcomes[2], outcomes[4]) == (None, None, None)
    assert isinstance(outcomes[3], Conflict)
    assert outcomes[3].details == {"table": "notes"}


def test_all_of_a_group_hear_that_it_failed() -> None:
    failure = MemoryFailed("the disk is gone")
    outcomes = run_group(SlowEngine({}, failure=failure))
    assert outcomes == {1: None, 2: failure, 3: failure, 4: failure}


def test_an_interrupt_leaves_nobody_believing_in_a_commit() -> None:
    engine = SlowEngine({})
    engine.may_go_on.set()
    queue = CommitQueue(engine)

    def interrupted(interface: str, function: str, *arguments: Any) -> Any:
        raise KeyboardInterrupt

    engine.call = interrupted  # type: ignore[method-assign]
    with pytest.raises(KeyboardInterrupt):
        queue.commit(1)


def test_an_interrupt_is_for_the_main_thread_and_not_for_those_it_commits_for() -> None:
    class InterruptedEngine(SlowEngine):
        def call(self, interface: str, function: str, *arguments: Any) -> Any:
            signal.raise_signal(signal.SIGINT)
            return super().call(interface, function, *arguments)

    engine = InterruptedEngine({})
    engine.may_go_on.set()
    queue = CommitQueue(engine)
    other = Waiting(2)
    queue._waiting.append(other)
    with pytest.raises(KeyboardInterrupt):
        queue.commit(1)
    assert engine.calls == [("commit-many", [2, 1])]
    assert (other.is_over, other.error) == (True, None)
