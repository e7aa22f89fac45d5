"""How transactions and statements are run, and for how long."""

from dataclasses import dataclass
from typing import Literal

Isolation = Literal["serializable", "snapshot"]


@dataclass(frozen=True, slots=True)
class StatementLimits:
    """How many seconds a statement may take, and how many rows its result may have, or it may
    change; None for any number. `memory` is how many bytes it may hold to sort, group and join
    before it goes on on scratch; None for QUERY_MEMORY.
    """

    seconds: float | None = None
    rows: int | None = None
    memory: int | None = None


UNLIMITED = StatementLimits()
QUERY_MEMORY = 256 << 20


@dataclass(frozen=True, slots=True)
class TransactionOptions:
    """`serializable` is as if transactions had run one after the other. At the level `snapshot` no
    update is lost, but two that each read what the other one changes may both commit.

    A read-only one changes nothing, is never refused for what others have done, and is serializable
    without being checked. `limits` are those of each of its statements.
    """

    isolation: Isolation = "serializable"
    read_only: bool = False
    limits: StatementLimits = UNLIMITED


DEFAULTS = TransactionOptions()


@dataclass(frozen=True, slots=True)
class TransactionLimits:
    """After how many seconds an open transaction counts as abandoned; None for never.

    `idle` is since it was last used, `age` since it began.
    """

    idle: float | None = None
    age: float | None = None


NO_LIMITS = TransactionLimits()
