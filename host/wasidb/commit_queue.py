"""Group commit: threads whose transactions end at the same time share one flush of the disk.

    thread 1   commit ──> engine: commit 1 ────────────────────────────>
    thread 2        commit ── waits ──────────────> commit-many [2, 3] ──────────>
    thread 3             commit ── waits ─────────  (done by thread 2)

Whoever finds nobody at work takes along all who wait by then. One thread alone never waits, and
with many the rate of durable commits is no longer bounded by how often the disk can be flushed.
"""

import json
import threading

from wasidb.errors import error_from_wire
from wasidb.runtime.deferral import interrupts_deferred
from wasidb.runtime.engine import Engine


class Waiting:
    """A transaction to be committed, and the error that this has come to."""

    def __init__(self, transaction: int) -> None:
        self.transaction = transaction
        self.is_over = False
        self.error: BaseException | None = None


class CommitQueue:
    """Commits transactions of one engine."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._waiting: list[Waiting] = []
        self._arriving = threading.Lock()
        self._working = threading.Lock()

    def commit(self, transaction: int) -> None:
        """Returns when the transaction is durable; raises what has kept it from being committed."""
        mine = Waiting(transaction)
        with self._arriving:
            self._waiting.append(mine)
        with self._working:
            if not mine.is_over:
                self._commit_those_who_wait()
        if mine.error is not None:
            raise mine.error

    def _commit_those_who_wait(self) -> None:
        with self._arriving:
            group, self._waiting = self._waiting, []
        if len(group) == 1:
            self._commit_all(group)
            return
        with interrupts_deferred():  # it would be told to the others, who were not meant
            self._commit_all(group)

    def _commit_all(self, group: list[Waiting]) -> None:
        """Commits these, and tells each what has come of it."""
        try:
            outcomes = self._committed([each.transaction for each in group])
        except BaseException as error:  # all of them must hear of it, or they would seem committed
            outcomes = [error] * len(group)
        for each, outcome in zip(group, outcomes, strict=True):
            each.error, each.is_over = outcome, True

    def _committed(self, transactions: list[int]) -> list[BaseException | None]:
        if len(transactions) == 1:
            self._engine.call("rows", "commit", transactions[0])
            return [None]
        answer = json.loads(self._engine.call("rows", "commit-many", transactions))
        return [each and error_from_wire(**each) for each in answer]
