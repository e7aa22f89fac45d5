"""Options as JSON: how a database is opened, and how a transaction is begun.

    {"read_only": false, "durability": "full", "cache_size": 268435456, "query_memory": 268435456,
     "transaction_idle": null, "transaction_age": null,
     "statement_seconds": null, "result_rows": null, "cancel_file": null, "identity": null,
     "first_number": 0}
    {"isolation": "serializable", "read_only": false,
     "statement_seconds": null, "result_rows": null, "query_memory": 268435456}

All may be left out. `cache_size` is the number of bytes that committed pages may take in memory;
those that open transactions have changed come on top of it. `query_memory` is the number of bytes
that a statement may hold to sort, group and join, beside its result; beyond that it goes on in
files beside the database. A transaction that was not used for `transaction_idle` seconds, or that
has been open for `transaction_age`, is rolled back. A statement that takes longer than
`statement_seconds`, or whose result has more than `result_rows` rows, or that changes more, is
stopped; so is the one that is running when the file `cancel_file` appears. Where a transaction has
such limits too, the lower ones count. `identity`, hexadecimal,
may do what the access-control list says (see `transactions.rights`); null may do everything.
Transactions, statements and cursors are numbered from `first_number`: a host that had to open the
database again, because an engine failed, takes one that was not reached, so that a number of then
is known to nobody now.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from math import inf
from typing import Any, Literal

from wasidb_guest.api.access import parse_identity
from wasidb_guest.encoding.json_document import DECODER, parse_json
from wasidb_guest.errors import InvalidQuery
from wasidb_guest.pages.cache import CACHE_SIZE_MAX, CACHE_SIZE_MIN
from wasidb_guest.transactions.options import (
    QUERY_MEMORY,
    UNLIMITED,
    Isolation,
    StatementLimits,
    TransactionOptions,
)

Durability = Literal["full", "normal", "off"]
"""What survives when the machine, and not just the process, stops: every acknowledged commit;
those that a checkpoint has brought to the file; nothing is promised, the file may be damaged."""

DURABILITIES: dict[object, Durability] = {"full": "full", "normal": "normal", "off": "off"}
ISOLATIONS: dict[object, Isolation] = {"serializable": "serializable", "snapshot": "snapshot"}
FIRST_NUMBER_MAX = 1 << 63


@dataclass(frozen=True, slots=True)
class OpenOptions:
    """How to open a database; `cache_size` and `query_memory` in bytes, times in seconds."""

    read_only: bool = False
    durability: Durability = "full"
    cache_size: int = CACHE_SIZE_MAX
    query_memory: int = QUERY_MEMORY
    transaction_idle: float | None = None
    transaction_age: float | None = None
    statement_seconds: float | None = None
    result_rows: int | None = None
    cancel_file: str | None = None
    identity: bytes | None = None
    first_number: int = 0


DEFAULTS = OpenOptions()


def parse_options(text: str) -> OpenOptions:
    """How to open a database. Raises InvalidQuery naming what is wrong with the JSON."""
    return OpenOptions(**_parse(text, OPEN_OPTIONS))


@lru_cache
def parse_transaction_options(text: str | None) -> TransactionOptions:
    """How to begin a transaction. Raises InvalidQuery naming what is wrong with the JSON."""
    given = _parse(text or "{}", TRANSACTION_OPTIONS)
    limits = {name: given.pop(option) for option, name in LIMITS.items() if option in given}
    return TransactionOptions(**given, limits=StatementLimits(**limits) if limits else UNLIMITED)


def _parse(text: str, expected: Mapping[str, Callable[[object], Any]]) -> dict[str, Any]:
    """The options that a JSON object has, each as `expected` makes it."""
    try:
        given = parse_json(text, DECODER)
    except ValueError as problem:
        raise InvalidQuery(f"invalid options JSON: {problem}") from None
    if not isinstance(given, dict) or not given.keys() <= expected.keys():
        listed = ", ".join(sorted(expected))
        raise InvalidQuery(f"invalid options JSON: expected an object with keys among {listed}")
    return {name: expected[name](value) for name, value in given.items()}


def _boolean(value: object) -> bool:
    if not isinstance(value, bool):
        raise _refused("read_only", value, "true or false")
    return value


def _durability(value: object) -> Durability:
    durability = DURABILITIES.get(value) if isinstance(value, str) else None
    if durability is None:
        raise _refused("durability", value, " or ".join(map(repr, DURABILITIES)))
    return durability


def _isolation(value: object) -> Isolation:
    isolation = ISOLATIONS.get(value) if isinstance(value, str) else None
    if isolation is None:
        raise _refused("isolation", value, " or ".join(map(repr, ISOLATIONS)))
    return isolation


def _bytes(name: str, least: int) -> Callable[[object], int]:
    def size(value: object) -> int:
        if type(value) is not int or value < least:
            raise _refused(name, value, f"a number of bytes, at least {least}")
        return value

    return size


def _seconds(name: str) -> Callable[[object], float | None]:
    def seconds(value: object) -> float | None:
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < inf:
            raise _refused(name, value, "a number of seconds above 0, or null")
        return value

    return seconds


def _result_rows(value: object) -> int | None:
    if value is not None and (type(value) is not int or value < 0):
        raise _refused("result_rows", value, "a number of rows, or null")
    return value


def _cancel_file(value: object) -> str | None:
    if value is not None and not isinstance(value, str):
        raise _refused("cancel_file", value, "the path of a file, or null")
    return value


def _first_number(value: object) -> int:
    if type(value) is not int or not 0 <= value <= FIRST_NUMBER_MAX:
        raise _refused("first_number", value, f"a number from 0 to {FIRST_NUMBER_MAX}")
    return value


def _identity(value: object) -> bytes | None:
    identity = parse_identity(value)
    if identity is None and value is not None:
        raise _refused("identity", value, "bytes in hexadecimal, or null")
    return identity


def _refused(name: str, value: object, expected: str) -> InvalidQuery:
    return InvalidQuery(
        f"invalid options JSON: {name} is {expected}, not {value!r}", option=name, expected=expected
    )


OPEN_OPTIONS: dict[str, Callable[[object], Any]] = {
    "read_only": _boolean,
    "durability": _durability,
    "cache_size": _bytes("cache_size", CACHE_SIZE_MIN),
    "query_memory": _bytes("query_memory", 1),
    "transaction_idle": _seconds("transaction_idle"),
    "transaction_age": _seconds("transaction_age"),
    "statement_seconds": _seconds("statement_seconds"),
    "result_rows": _result_rows,
    "cancel_file": _cancel_file,
    "identity": _identity,
    "first_number": _first_number,
}
LIMITS = {"statement_seconds": "seconds", "result_rows": "rows", "query_memory": "memory"}
TRANSACTION_OPTIONS: dict[str, Callable[[object], Any]] = {
    "isolation": _isolation,
    "read_only": _boolean,
    **{option: OPEN_OPTIONS[option] for option in LIMITS},
}
