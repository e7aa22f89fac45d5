"""One run of a plan: what its steps share.

    memory      what the steps that keep rows may hold, in equal parts; beyond that they go on on
                scratch (see `spool`), and give the same rows in the same order
    scratch     dropped when the run is over, however it ends
    actuals     what each step has given and how long it took, where somebody asks for it

Steps work on one batch after the other, and each is free to stop reading. What they hold besides
their part, a batch or a few of them, is not counted, and neither is the result."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from time import perf_counter
from types import TracebackType

from wasidb_guest.pages.cache import provider_failures
from wasidb_guest.query.source import Source
from wasidb_guest.query.spool import Spool
from wasidb_guest.vectors import Batch
from wasidb_memory import ProviderError, Scratch


@dataclass(slots=True)
class Actual:
    """What a step has given; seconds and pages read are those of the steps below as well."""

    rows: int = 0
    batches: int = 0
    seconds: float = 0.0
    pages: int = 0


class Execution:
    """A run of a plan of which so many steps keep rows; a `with` block around it.

    With `pages_read`, which says how many pages have been read so far, it measures the steps, and
    says in `actuals`, by the id of each node, what they have done."""

    def __init__(
        self, source: Source, keeping_steps: int, *, pages_read: Callable[[], int] | None = None
    ) -> None:
        self.source = source
        self.share = source.limits.memory // max(keeping_steps, 1)
        self.pages_read = pages_read
        self.may_stop = False
        """Whether a step asks for no more rows when it has enough."""
        self.actuals: dict[int, Actual] = {}
        self._scratches: list[Scratch] = []

    def __enter__(self) -> "Execution":
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        failure: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        self.close()

    def open_scratch(self) -> Scratch:
        """New scratch, for as long as the run. Raises MemoryFailed."""
        with provider_failures("put rows aside"):
            scratch = self.source.open_scratch()
        self._scratches.append(scratch)
        return scratch

    def spool(self, memory: int) -> Spool:
        """A spool, for as long as the run."""
        return Spool(self.open_scratch, memory)

    def check(self) -> None:
        """To be called once for each batch of work. Raises what stops a statement."""
        self.source.limits.check()

    def checked(self, batches: Iterable[Batch]) -> Iterator[Batch]:
        """The same batches, with a check for each."""
        for batch in batches:
            self.check()
            yield batch

    def measured(self, node: object, batches: Iterator[Batch]) -> Iterator[Batch]:
        """The batches that a node gives, measured if that is wanted."""
        return (
            batches if self.pages_read is None else self._measured(node, batches, self.pages_read)
        )

    def _measured(
        self, node: object, batches: Iterator[Batch], pages_read: Callable[[], int]
    ) -> Iterator[Batch]:
        actual = self.actuals.setdefault(id(node), Actual())
        while True:
            begun, pages = perf_counter(), pages_read()
            batch = next(batches, None)
            actual.seconds += perf_counter() - begun
            actual.pages += pages_read() - pages
            if batch is None:
                return
            actual.rows += batch.count
            actual.batches += 1
            yield batch

    def close(self) -> None:
        """Drop all scratch; a file that cannot be removed is left to the next opening."""
        while self._scratches:
            with suppress(ProviderError):
                self._scratches.pop().close()
