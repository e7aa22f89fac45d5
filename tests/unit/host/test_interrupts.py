"""Ctrl-C while the component runs: a child process is interrupted, and uses its database again."""

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from wasmtime.component import ExportIndex

import wasidb
from wasidb import Cancelled
from wasidb.runtime import interrupts
from wasidb.runtime.deferral import interrupts_deferred

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


@pytest.fixture(autouse=True)
def pythons_handler() -> Iterator[None]:
    """Python's handler, in children too: it is not there in a run that a shell has put aside."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


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


STRUCK = """
import os, random, signal, sys, threading, time
import wasidb
from wasidb import Cancelled, Field, Table, select, sum_

class Tick(Table, table="ticks"):
    id: int = Field(primary_key=True, autoincrement=True)
    amount: int

dice = random.Random(7)
begin, struck = threading.Event(), threading.Event()

def strike():
    while begin.wait():
        begin.clear()
        time.sleep(dice.random() ** 3 * 0.006)
        os.kill(os.getpid(), signal.SIGINT)
        struck.set()

def work_for_ever():
    while True:
        with db.transaction() as tx:
            tx.insert([Tick(amount=1), Tick(amount=-1)])
            with tx.savepoint():
                tx.update(Tick, Tick.id == 1, amount=2)
            list(tx.stream(select(Tick), page_rows=50))
            tx.update(Tick, Tick.id == 1, amount=0)
        db.insert(Tick(amount=0))
        db.select_arrow(select(Tick).limit(3))

def settled(use):
    while True:
        try:
            return use()
        except (KeyboardInterrupt, Cancelled):  # which may come late
            pass

threading.Thread(target=strike, daemon=True).start()
with wasidb.open(sys.argv[1], tables=[Tick]) as db:
    db.insert([Tick(amount=each) for each in range(100)])
    interrupted = 0
    while interrupted < 60:
        try:
            begin.set()
            work_for_ever()
        except (KeyboardInterrupt, Cancelled):
            settled(struck.wait)
            struck.clear()
            interrupted += 1
        assert settled(lambda: db.select(select(sum_(Tick.amount))))[0][0] == 4950
    settled(db.compact)  # which no transaction may be in the way of
    print(settled(db.check))
"""


def test_interrupts_at_any_moment_leave_the_database_whole(tmp_path: Path) -> None:
    file = tmp_path / "ticks.wasidb"
    done = subprocess.run(
        [sys.executable, "-c", STRUCK, str(file)],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (done.stdout, done.stderr) == ("[]\n", "")
    assert list(tmp_path.iterdir()) == [file]


def test_interrupt_while_a_function_is_made_is_not_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    delete = ExportIndex._delete

    def interrupted(index: ExportIndex, pointer: Any) -> None:
        delete(index, pointer)
        signal.raise_signal(signal.SIGINT)

    with wasidb.open(tmp_path / "some.wasidb") as db:
        with monkeypatch.context() as patch:
            patch.setattr(ExportIndex, "_delete", interrupted)
            with pytest.raises(KeyboardInterrupt):
                db.check()
        with contextlib.suppress(Cancelled):  # which may come late
            db.check()
        assert db.check() == []


def test_interrupt_waits_for_the_end_of_a_block() -> None:
    done: list[str] = []

    def work() -> None:
        with interrupts_deferred():
            signal.raise_signal(signal.SIGINT)
            done.append("whole")
        done.append("never")

    with pytest.raises(KeyboardInterrupt):
        work()
    assert done == ["whole"]
    assert interrupts.is_left_to_python()


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
