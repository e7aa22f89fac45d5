"""What a transaction has read, as predicates over rows.

    select ... from people where age > 30     people: age > 30
    get people 7                              people: id = 7
    count(*) from teams                       teams: every row

A predicate says more than the rows that were found: it is true as well for a row that somebody else
is about to insert. Whether an answer is still right is found out at the commit, by putting the rows
that others have changed meanwhile, as they were and as they have become, to these tests. That is
precision locking, in the form it has in Neumann, Mühlbauer and Kemper, "Fast Serializable
Multi-Version Concurrency Control for Main-Memory Database Systems" (SIGMOD 2015).

A transaction that reads a table in more than `TESTS_MAX` ways is taken to have read all of it.
"""

from collections.abc import Callable, Iterable, KeysView
from typing import TypeAlias

from wasidb_guest.vectors import Batch

RowTest: TypeAlias = Callable[[Batch], bool]
"""Whether a predicate is true for one of some complete rows."""

TESTS_MAX = 10_000


class Reads:
    """The tables and predicates that one transaction has read."""

    __slots__ = ("_tests", "_tests_max")

    def __init__(self, tests_max: int = TESTS_MAX) -> None:
        self._tests: dict[str, list[RowTest] | None] = {}
        self._tests_max = tests_max

    def add(self, table: str, test: RowTest | None) -> None:
        """An answer depends on the rows for which a test is true, on every row without one."""
        tests = self._tests.setdefault(table, [])
        if tests is None:
            return
        if test is None or len(tests) == self._tests_max:
            self._tests[table] = None
        else:
            tests.append(test)

    def tables(self) -> KeysView[str]:
        """All tables that were read."""
        return self._tests.keys()

    def meet(self, table: str, rows: Iterable[Batch]) -> bool:
        """Whether an answer depends on one of these rows of a table that was read."""
        tests = self._tests[table]
        return tests is None or any(test(batch) for batch in rows for test in tests)


NOTHING_READ = Reads()
"""What those have read whose answers may be overtaken."""
