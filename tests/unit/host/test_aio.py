"""The awaitable twin has every verb of a database, and the same ways to open one."""

import asyncio
import gc
import inspect
import threading
from pathlib import Path
from typing import Any

import pytest

from wasidb import Cancelled, Database, Session, Transaction, aio, opening

SYNCHRONOUS = {"typed"}
"""For programs written for the interface of another engine, which has no twin."""


def verbs(kind: type) -> dict[str, Any]:
    return {name: getattr(kind, name) for name in dir(kind) if not name.startswith("_")}


@pytest.mark.parametrize(
    ("kind", "twin"),
    [
        (Session, aio.AsyncSession),
        (Transaction, aio.AsyncTransaction),
        (Database, aio.AsyncDatabase),
    ],
)
def test_twin_has_every_verb_with_the_same_parameters(kind: type, twin: type) -> None:
    assert verbs(kind).keys() - SYNCHRONOUS == verbs(twin).keys()
    for name, verb in verbs(twin).items():
        parameters = list(inspect.signature(verb).parameters.values())[1:]
        own = list(inspect.signature(verbs(kind)[name]).parameters.values())[1:]
        assert [(each.name, each.kind, each.default) for each in parameters] == [
            (each.name, each.kind, each.default) for each in own
        ], name


def test_opening_takes_the_same_options() -> None:
    assert inspect.signature(aio.open) == inspect.signature(opening.open)


def test_opening_that_is_cancelled_leaves_the_file_free(tmp_path: Path) -> None:
    async def test() -> None:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(aio.open(tmp_path / "x"), 0)
        opening = asyncio.create_task(aio.open(tmp_path / "x"))
        await asyncio.sleep(0)
        opening.cancel()
        with pytest.raises(asyncio.CancelledError):
            await opening
        async with await aio.open(tmp_path / "x") as db:
            assert await db.tables() == []

    asyncio.run(test())


def test_error_of_a_call_that_was_stopped_is_not_complained_about(
    caplog: pytest.LogCaptureFixture,
) -> None:
    begun, stopped = threading.Event(), threading.Event()

    def call() -> None:
        begun.set()
        stopped.wait()
        raise Cancelled("stopped")

    async def test() -> None:
        task = asyncio.create_task(aio.Worker().run(call, stopped.set))
        await asyncio.to_thread(begun.wait)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(test())
    gc.collect()
    assert caplog.records == []
