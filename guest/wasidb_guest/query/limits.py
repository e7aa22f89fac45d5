"""The limits of a single statement, as JSON.

    {"seconds": 2.5, "rows": 100000, "memory": 67108864}

Each may be left out. `source.limits.narrow` puts them in force until the statement ends. Then
whatever takes long calls `source.limits.check()` once a batch, and whoever makes the result
`source.limits.check_rows(count)`: see `transactions.limits`.
"""

from decimal import Decimal

from wasidb_guest.query.json_input import JsonInput
from wasidb_guest.transactions.options import StatementLimits

SECONDS_MAX = 1_000_000_000
ROWS_MAX = (1 << 64) - 1
MEMORY_MAX = (1 << 64) - 1


def limits_from_json(source: JsonInput) -> StatementLimits:
    """The limits at this place of a JSON document."""
    members = source.members((), ("seconds", "rows", "memory"))
    return StatementLimits(
        _seconds(members["seconds"]) if "seconds" in members else None,
        members["rows"].integer(0, ROWS_MAX) if "rows" in members else None,
        members["memory"].integer(1, MEMORY_MAX) if "memory" in members else None,
    )


def _seconds(source: JsonInput) -> float:
    """A number above 0; too small ones count as no time at all."""
    value = source.value
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise source.refused("a number of seconds")
    if not 0 < value <= SECONDS_MAX:
        raise source.refused(f"a number of seconds above 0, at most {SECONDS_MAX}")
    return float(value)
