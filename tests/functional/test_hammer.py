"""Many threads, and many tasks, on one database: no error but Conflict, and nothing lost or torn.

Money goes from account to account, and every transfer is written down. Whoever looks sees all the
money, in however many statements; in the end the accounts are what the transfers say.
"""

import asyncio
import random
import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from time import monotonic

import pytest

from wasidb import Conflict, Database, Field, Session, Table, Transaction, aio, select, sum_

ACCOUNTS = 20
BALANCE = 1000
THREADS = 8
TASKS = 50


class Account(Table, table="accounts"):
    id: int = Field(primary_key=True)
    balance: int


class Transfer(Table, table="transfers"):
    id: int = Field(primary_key=True, autoincrement=True)
    source: int = Field(references="accounts.id")
    target: int = Field(references="accounts.id")
    amount: int


TOTAL = select(sum_(Account.balance))


@pytest.fixture
def seconds(request: pytest.FixtureRequest) -> float:
    return float(request.config.getoption("--hammer-seconds"))


@pytest.fixture
def bank(db: Database) -> Database:
    db.create_tables(Account, Transfer)
    db.insert([Account(id=number, balance=BALANCE) for number in range(ACCOUNTS)])
    return db


def transfer(tx: Transaction) -> None:
    """Moves some money and writes it down."""
    source, target = random.sample(range(ACCOUNTS), 2)
    accounts = tx.get_many(Account, [source, target])
    for account, amount in zip(accounts, (-1, 1), strict=True):
        assert account is not None
        tx.update(Account, Account.id == account.id, balance=account.balance + amount)
    tx.insert(Transfer(source=source, target=target, amount=1))


def look(session: Session) -> None:
    """All the money is there, in one statement and row by row."""
    assert session.select(TOTAL)[0][0] == ACCOUNTS * BALANCE
    rows = session.stream(select(Account), page_rows=7)
    assert sum(account.balance for account in rows) == ACCOUNTS * BALANCE


def look_twice(db: Database) -> None:
    with db.transaction(read_only=True) as tx:
        look(tx)
        look(tx)


JOBS: list[Callable[[Database], object]] = [
    lambda db: db.run(transfer),
    lambda db: db.run(transfer, isolation="snapshot"),
    look,
    look_twice,
    lambda db: db.count(Transfer, Transfer.source == random.randrange(ACCOUNTS)),
    lambda db: db.select_arrow(select(Account)),
]


def assert_balanced(db: Database) -> None:
    moved: Counter[int] = Counter()
    for each in db.select(select(Transfer)):
        moved[each.source] -= each.amount
        moved[each.target] += each.amount
    for account in db.select(select(Account)):
        assert account.balance == BALANCE + moved[account.id]
    assert db.check() == []


def test_threads(bank: Database, seconds: float) -> None:
    end = monotonic() + seconds
    done: Counter[bool] = Counter()
    counting = threading.Lock()

    def hammer(thread: int) -> None:
        while monotonic() < end:
            job = random.choice(JOBS)
            try:
                job(bank)
                is_done = True
            except Conflict:
                is_done = False
            with counting:
                done[is_done] += 1

    with ThreadPoolExecutor(THREADS) as threads:
        list(threads.map(hammer, range(THREADS)))
    assert done[True] > done[False]
    assert_balanced(bank)


def test_tasks(bank: Database, seconds: float) -> None:
    end = monotonic() + seconds
    db = aio.AsyncDatabase(bank, aio.Worker(), bank.cancel)

    async def move(tx: aio.AsyncTransaction) -> None:
        await tx._run(lambda: transfer(tx._session))
        await asyncio.sleep(0)

    async def watch() -> None:
        assert (await db.select(TOTAL))[0][0] == ACCOUNTS * BALANCE
        rows = [each.balance async for each in db.stream(select(Account), page_rows=7)]
        assert sum(rows) == ACCOUNTS * BALANCE

    async def hammer() -> None:
        while monotonic() < end:
            work = db.run(move) if random.random() < 0.6 else watch()
            patience = random.choice([None, 0.02, 0.2])
            try:
                await asyncio.wait_for(work, patience)
            except (Conflict, TimeoutError):
                await asyncio.sleep(0)

    async def all_tasks() -> None:
        async with asyncio.TaskGroup() as group:
            for _ in range(TASKS):
                group.create_task(hammer())

    asyncio.run(all_tasks())
    assert_balanced(bank)
