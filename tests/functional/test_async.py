"""The awaitable twin: what its blocks do, and what cancelling a task does."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from tests.support.engine_under_test import EngineUnderTest
from wasidb import (
    Conflict,
    Database,
    Field,
    NotOpen,
    PrimaryKeyConflict,
    Table,
    aio,
    alias,
    count,
    select,
)


class Tick(Table, table="ticks"):
    id: int = Field(primary_key=True)
    same: int = 1


Test = Callable[[aio.AsyncDatabase], Coroutine[Any, Any, None]]


@pytest.fixture
def play(db: Database) -> Callable[[Test], None]:
    """Runs a coroutine function with the twin of the test's database."""

    async def whole(test: Test) -> None:
        twin = aio.AsyncDatabase(db, aio.Worker(), db.cancel)
        await twin.create_tables(Tick)
        await twin.insert([Tick(id=number) for number in range(300)])
        await test(twin)

    return lambda test: asyncio.run(asyncio.wait_for(whole(test), 60))


def test_verbs_give_what_they_give_elsewhere(play: Callable[[Test], None]) -> None:
    async def test(db: aio.AsyncDatabase) -> None:
        assert await db.get(Tick, 7) == Tick(id=7)
        assert await db.count(Tick, Tick.id < 10) == 10
        with pytest.raises(PrimaryKeyConflict):
            await db.insert(Tick(id=7))
        question = select(Tick).where(Tick.id < 25).order_by(Tick.id)
        assert [tick.id async for tick in db.stream(question, page_rows=10)] == list(range(25))
        pages = db.stream(question, page_rows=10)
        assert (await anext(pages)).id == 0
        await pages.aclose()
        assert await db.check() == []

    play(test)


def test_blocks_commit_and_roll_back(play: Callable[[Test], None]) -> None:
    async def test(db: aio.AsyncDatabase) -> None:
        async def savepoint(tx: aio.AsyncTransaction, number: int, divisor: int) -> None:
            async with tx.savepoint():
                await tx.insert(Tick(id=number))
                1 / divisor

        async def transaction(number: int) -> None:
            async with db.transaction() as tx:
                await tx.insert(Tick(id=number))
                1 / 0  # noqa: B018

        async with db.transaction() as tx:
            await tx.insert(Tick(id=1000))
            with pytest.raises(ZeroDivisionError):
                await savepoint(tx, 1001, 0)
            await savepoint(tx, 1002, 1)
        with pytest.raises(ZeroDivisionError):
            await transaction(1003)
        ids = [tick.id for tick in await db.select(select(Tick).where(Tick.id >= 1000))]
        assert ids == [1000, 1002]
        with pytest.raises(NotOpen, match="has ended"):
            await tx.rollback()

    play(test)


def test_work_is_run_again_after_a_conflict(play: Callable[[Test], None]) -> None:
    async def test(db: aio.AsyncDatabase) -> None:
        async def add_one(tx: aio.AsyncTransaction) -> int:
            tick = await tx.get(Tick, 0)
            assert tick is not None
            return await tx.update(Tick, Tick.id == 0, same=tick.same + 1)

        assert await asyncio.gather(*(db.run(add_one, attempts=50) for _ in range(8))) == [1] * 8
        assert await db.get(Tick, 0) == Tick(id=0, same=9)

        async def always(tx: aio.AsyncTransaction) -> None:
            raise Conflict("again")

        with pytest.raises(Conflict, match="again"):
            await db.run(always, attempts=2)

    play(test)


def test_cancelled_task_stops_its_statement_and_no_other(play: Callable[[Test], None]) -> None:
    endless = select(count()).from_(Tick)
    for name in ("b", "c", "d"):
        other = alias(Tick, name)
        endless = endless.join(other, on=Tick.same == other.same)

    async def test(db: aio.AsyncDatabase) -> None:
        async def wait_long() -> None:
            async with db.transaction() as tx:
                await tx.insert(Tick(id=1000))
                await tx.select(endless)

        running = asyncio.create_task(wait_long())
        await asyncio.sleep(0.1)
        queued = asyncio.create_task(db.insert(Tick(id=1001)))
        kept = asyncio.create_task(db.count(Tick))
        await asyncio.sleep(0.01)
        for task in (queued, running):
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
        assert await kept == 300
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(db.select(endless), 0.1)
        assert await db.count(Tick) == 300

    play(test)


def test_blocks_end_whatever_happens_to_their_task(play: Callable[[Test], None]) -> None:
    """No transaction is left open that nobody knows of, which would be in the way of migrations."""

    async def test(db: aio.AsyncDatabase) -> None:
        async def transaction(number: int) -> None:
            async with db.transaction() as tx:
                await tx.insert(Tick(id=number))

        for number in range(1000, 1040):
            tasks = [asyncio.create_task(transaction(number)), asyncio.create_task(db.check())]
            for _ in range(number % 25):
                await asyncio.sleep(0.0002)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        async with db.transaction():
            with pytest.raises(Conflict, match="open"):
                await db.migrate(Tick)
        await db.migrate(Tick)

    play(test)


def test_closed_database_says_so(play: Callable[[Test], None], engine: EngineUnderTest) -> None:
    async def test(db: aio.AsyncDatabase) -> None:
        async with db:
            pass
        with pytest.raises(NotOpen, match="has been closed"):
            await db.count(Tick)
        engine.open()

    play(test)
