"""Savepoints: places in a transaction that it can go back to.

    begin ── insert ── savepoint 0 ── update ── savepoint 1 ── delete ── roll back to 0
             └────── layer ──────┘└─── layer ──┘└── layer ──┘
                      stays            is thrown away

Each savepoint begins a new layer of changed pages on top of what was changed before it. To go back
is to drop the layers above, to release a savepoint is to merge them with the one beneath.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from wasidb_guest.pages.commit_point import WriteSet
from wasidb_guest.tables.catalog import Registered
from wasidb_guest.transactions.footprint import FootprintMark


@dataclass(frozen=True, slots=True)
class Savepoint:
    """What a transaction had when it was made: pages, footprint, tables, and which it had changed.

    `beneath` is None when no page had been changed by then.
    """

    number: int
    beneath: WriteSet | None
    mark: FootprintMark
    registered: Registered
    own: Sequence[str]
