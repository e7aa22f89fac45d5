"""The awaitable twin of a database, for programs of asyncio.

    from wasidb import aio

    async with await aio.open("flights.wasidb", tables=[Flight]) as db:
        await db.insert(Flight(carrier="UA"))
        async with db.transaction() as tx:
            await tx.update(Flight, Flight.dep_delay < 0, dep_delay=0)
        async for flight in db.stream(select(Flight)):
            print(flight)

    task ── await ──> worker thread ──> Database ──> engine
    task ── await ──>   (its turn comes)

Every verb is that of `Database` or `Transaction`, with the same arguments and the same errors, and
runs in the one thread that a database has for it: only one call at a time enters an engine anyway.
What is written here is how to get there, and nothing about what the verbs do.

When a task is cancelled, a call of its that has not begun never does, and one that runs is stopped;
the task goes on when the call has ended. So nothing of it is under way in the engine then, and a
transaction rolls back as its block ends. A block whose end has been reached commits all the same.
"""

import asyncio
import contextlib
import functools
import sys
import threading
from collections.abc import (
    AsyncGenerator,
    AsyncIterator,
    Awaitable,
    Callable,
    Coroutine,
    Mapping,
)
from concurrent.futures import ThreadPoolExecutor
from types import TracebackType
from typing import Any, Concatenate, ParamSpec, Self, TypeVar

from wasidb import opening
from wasidb.appender import Appender
from wasidb.database import Database, Isolation
from wasidb.errors import Conflict
from wasidb.query import Row, Select
from wasidb.reading import PAGE_ROWS
from wasidb.retries import ATTEMPTS, pauses
from wasidb.session import Session
from wasidb.transaction import Transaction
from wasidb_schema import Table

STOP_SECONDS = 0.02

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")


class Worker:
    """The thread in which the calls of a database run, in the order in which they were made."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="wasidb")
        self._changing = threading.Lock()
        self._running: object = None

    async def run(self, call: Callable[[], Result], stop: Callable[[], None] | None) -> Result:
        """What the call gives. If the task is cancelled, `stop` is to make the call end; None lets
        it be made in any case, before the task goes on.
        """
        job = self._thread.submit(self._one, call)
        outcome = asyncio.wrap_future(job)
        try:
            return await asyncio.shield(outcome)
        except asyncio.CancelledError:
            outcome.add_done_callback(heard)  # nobody else will ask what it has come to
            while not (job.done() or (stop and job.cancel())):
                self._stop(call, stop)
                with contextlib.suppress(asyncio.CancelledError):  # once is enough
                    await asyncio.wait([outcome], timeout=STOP_SECONDS)
            raise

    def _one(self, call: Callable[[], Result]) -> Result:
        self._set_running(call)
        try:
            return call()
        finally:
            self._set_running(None)

    def _set_running(self, call: object) -> None:
        with self._changing:
            self._running = call

    def _stop(self, call: object, stop: Callable[[], None] | None) -> None:
        """Stop a call, and no other that may have begun by now."""
        with self._changing:
            if stop and self._running is call:
                stop()


def heard(outcome: asyncio.Future[Any]) -> None:
    """Takes note of an error, which asyncio would complain about otherwise."""
    if not outcome.cancelled():
        outcome.exception()


def awaited(
    verb: Callable[Concatenate[Any, Parameters], Result],
) -> Callable[Concatenate["AsyncSession", Parameters], Coroutine[Any, Any, Result]]:
    """The same verb, awaited."""

    @functools.wraps(verb)
    async def call(
        session: "AsyncSession", /, *arguments: Parameters.args, **named: Parameters.kwargs
    ) -> Result:
        return await session._run(functools.partial(verb, session._session, *arguments, **named))

    return call


class AsyncSession:
    """What `AsyncDatabase` and `AsyncTransaction` have in common; see `Session`."""

    def __init__(self, session: Session, worker: Worker, stop: Callable[[], None]) -> None:
        self._session = session
        self._worker = worker
        self._stop = stop

    async def _run(self, call: Callable[[], Result]) -> Result:
        return await self._worker.run(call, self._stop)

    insert = awaited(Session.insert)
    upsert = awaited(Session.upsert)
    insert_file = awaited(Session.insert_file)
    insert_arrow = awaited(Session.insert_arrow)
    upsert_arrow = awaited(Session.upsert_arrow)
    select = awaited(Session.select)
    select_dicts = awaited(Session.select_dicts)
    select_tuples = awaited(Session.select_tuples)
    select_arrow = awaited(Session.select_arrow)
    select_pandas = awaited(Session.select_pandas)
    select_polars = awaited(Session.select_polars)
    select_file = awaited(Session.select_file)
    explain = awaited(Session.explain)
    get = awaited(Session.get)
    get_many = awaited(Session.get_many)
    count = awaited(Session.count)
    exists = awaited(Session.exists)
    update = awaited(Session.update)
    delete = awaited(Session.delete)
    tables = awaited(Session.tables)
    table = awaited(Session.table)

    @contextlib.asynccontextmanager
    async def appender(self, table: type[Table] | str) -> AsyncIterator["AsyncAppender"]:
        """`async with session.appender(Reading) as readings:`, see `Session.appender`."""
        appender = await self._run(functools.partial(self._session.appender, table))
        async with self._inside(appender):
            yield AsyncAppender(appender, self)

    async def stream(
        self, question: Select[Row], *, page_rows: int = PAGE_ROWS
    ) -> AsyncGenerator[Row, None]:
        """See `Session.stream`; a page of rows is fetched at a time."""
        async with contextlib.aclosing(self.pages(question, page_rows=page_rows)) as pages:
            async for page in pages:
                for row in page:
                    yield row

    async def pages(
        self, question: Select[Row], *, page_rows: int = PAGE_ROWS
    ) -> AsyncGenerator[list[Row], None]:
        """See `Session.pages`."""
        pages = self._session.pages(question, page_rows=page_rows)
        try:
            while (page := await self._run(lambda: next(pages, None))) is not None:
                yield page
        finally:
            await self._worker.run(pages.close, None)

    @contextlib.asynccontextmanager
    async def _inside(self, block: contextlib.AbstractContextManager[Any]) -> AsyncIterator[None]:
        """An `async with` block that enters and leaves `block` in the worker thread."""

        async def leave() -> None:
            await self._worker.run(functools.partial(block.__exit__, *sys.exc_info()), None)

        try:
            await self._run(block.__enter__)
            yield
        except BaseException:
            await leave()
            raise
        await leave()


class AsyncAppender:
    """Takes rows one by one; made by `AsyncSession.appender`. See `Appender`.

    It awaits only those that are stored, with all that came before them.
    """

    def __init__(self, appender: Appender, session: AsyncSession) -> None:
        self._appender = appender
        self._session = session

    @property
    def stored(self) -> int:
        """How many rows have been."""
        return self._appender.stored

    async def append(self, row: Table | Mapping[str, Any] | tuple[Any, ...]) -> None:
        """See `Appender.append`."""
        if self._appender.keep(row):
            await self.flush()

    async def flush(self) -> None:
        """See `Appender.flush`."""
        await self._session._run(self._appender.flush)


class AsyncTransaction(AsyncSession):
    """A transaction; made by `AsyncDatabase.transaction`. See `Transaction`."""

    _session: Transaction

    rollback = awaited(Transaction.rollback)

    @contextlib.asynccontextmanager
    async def savepoint(self) -> AsyncIterator[None]:
        """`async with tx.savepoint():`, see `Transaction.savepoint`."""
        async with self._inside(self._session.savepoint()):
            yield


class AsyncDatabase(AsyncSession):
    """An open database; made by `open`. See `Database`.

    Use it in an `async with` block, or `close` it.
    """

    _session: Database

    create_tables = awaited(Database.create_tables)
    drop_tables = awaited(Database.drop_tables)
    migrate = awaited(Database.migrate)
    check = awaited(Database.check)
    page_map = awaited(Database.page_map)
    stats = awaited(Database.stats)
    access_list = awaited(Database.access_list)
    grant = awaited(Database.grant)
    revoke = awaited(Database.revoke)
    checkpoint = awaited(Database.checkpoint)
    snapshot = awaited(Database.snapshot)
    compact = awaited(Database.compact)
    close = awaited(Database.close)

    @contextlib.asynccontextmanager
    async def transaction(
        self,
        *,
        isolation: Isolation = "serializable",
        read_only: bool = False,
        statement_seconds: float | None = None,
        result_rows: int | None = None,
        query_memory: int | None = None,
    ) -> AsyncIterator[AsyncTransaction]:
        """`async with db.transaction() as tx:`, see `Database.transaction`."""
        transaction = self._session.transaction(
            isolation=isolation,
            read_only=read_only,
            statement_seconds=statement_seconds,
            result_rows=result_rows,
            query_memory=query_memory,
        )
        async with self._inside(transaction):
            yield AsyncTransaction(transaction, self._worker, self._stop)

    async def run(
        self,
        work: Callable[[AsyncTransaction], Awaitable[Result]],
        *,
        attempts: int = ATTEMPTS,
        isolation: Isolation = "serializable",
    ) -> Result:
        """What `await work(tx)` gives in a transaction; see `Database.run`."""
        for pause in pauses(attempts):
            with contextlib.suppress(Conflict):
                async with self.transaction(isolation=isolation) as tx:
                    return await work(tx)
            await asyncio.sleep(pause)
        async with self.transaction(isolation=isolation) as tx:
            return await work(tx)

    def cancel(self) -> None:
        """Stops the call that is running, whichever task waits for it; see `Database.cancel`."""
        self._stop()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()


def opened(
    function: Callable[Parameters, Database],
) -> Callable[Parameters, Coroutine[Any, Any, AsyncDatabase]]:
    """The same way to open a database, awaited."""

    @functools.wraps(function)
    async def call(*arguments: Parameters.args, **named: Parameters.kwargs) -> AsyncDatabase:
        worker = Worker()
        made: list[Database] = []
        try:
            await worker.run(lambda: made.append(function(*arguments, **named)), None)
        except asyncio.CancelledError:
            for database in made:
                await worker.run(database.close, None)
            raise
        (database,) = made
        return AsyncDatabase(database, worker, database.cancel)

    return call


open = opened(opening.open)
