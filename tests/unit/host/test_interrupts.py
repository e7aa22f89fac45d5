"""Ctrl-C while the component runs: a child process is interrupted, and uses its database again."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from wasidb.runtime import interrupts

ROOT = Path(__file__).parents[3]

CHILD = """
import os, signal, sys, threading
import wasidb
from wasidb import Field, Table, alias, count, select

class Tick(Table, table="ticks"):
    id: int = Field(primary_key=True)
    same: int

def ticks(*others):
    question = select(count()).from_(Tick)
    for other in (alias(Tick, name) for name in others):
        question = question.join(other, on=Tick.same == other.same)
    return question

def interrupted(question):
    threading.Timer(0.1, print, ("running",), {"flush": True}).start()
    try:
        db.select(question)
    except BaseException as error:
        print("raised", type(error).__name__, flush=True)

with wasidb.open(sys.argv[1], tables=[Tick]) as db:
    if not (child := os.fork()):
        os._exit(signal.set_wakeup_fd(-1) != -1)
    print("child keeps", os.waitpid(child, 0)[1])
    db.insert([Tick(id=number, same=1) for number in range(400)])
    endless = ticks("b", "c", "d")
    interrupted(endless)
    print("rows", db.select(ticks())[0].count, "problems", db.check())
    with db.transaction() as tx:
        tx.insert(Tick(id=400, same=2))
        interrupted(endless)
    print("rows", db.select(ticks())[0].count, flush=True)
    signal.signal(signal.SIGINT, lambda *_: print("handled"))
    interrupted(endless.within(seconds=1))
"""


@pytest.fixture
def child(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    assert (ROOT / "build/wasidb.wasm").exists(), "build it with `just component` first"
    command = [sys.executable, "-c", CHILD, str(tmp_path / "ticks.wasidb")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        yield process
        process.kill()


def test_interrupts_stop_the_call_and_leave_the_database_usable(
    child: subprocess.Popen[str],
) -> None:
    assert child.stdout is not None
    printed = []
    for line in child.stdout:
        if line == "running\n":
            child.send_signal(signal.SIGINT)
        else:
            printed.append(line.rstrip())
    assert child.wait() == 0
    assert printed == [
        "child keeps 0",
        "raised KeyboardInterrupt",
        "rows 400 problems []",
        "raised KeyboardInterrupt",
        "rows 401",
        "handled",  # by a handler of the program's own, when the call is over
        "raised DeadlineExceeded",
    ]


def test_only_pythons_own_handler_is_hurried_on() -> None:
    assert interrupts.is_left_to_python()
    before = signal.signal(signal.SIGINT, lambda *_: None)
    try:
        assert not interrupts.is_left_to_python()
    finally:
        signal.signal(signal.SIGINT, before)


class Engine:
    """Is told nothing in these tests."""

    def interrupt(self) -> None:
        raise AssertionError


def test_wake_up_descriptor_of_others_stays_theirs() -> None:
    reader, theirs = os.pipe()
    os.set_blocking(theirs, False)
    before = signal.set_wakeup_fd(theirs)
    try:
        interrupts.tell_of_interrupts(Engine())
        assert signal.set_wakeup_fd(theirs) == theirs
    finally:
        signal.set_wakeup_fd(before)
        os.close(reader)
        os.close(theirs)
