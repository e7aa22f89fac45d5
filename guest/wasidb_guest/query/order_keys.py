"""From the keys of `order_by` to what a batch is sorted by: names are resolved, and NULL is given
its place where a key leaves it open."""

from collections.abc import Sequence

from wasidb_guest.query.scope import Scope
from wasidb_guest.query.sorting import SortKey
from wasidb_guest.query.statement import NullOrder, OrderKey
from wasidb_guest.values import NULL_TAG


def bind_order(
    order_by: Sequence[OrderKey], scope: Scope, null_order: NullOrder = "lowest"
) -> tuple[SortKey, ...]:
    """The keys for a batch with the columns of `scope`."""
    return tuple(_sort_key(key, scope, null_order) for key in order_by)


def order_text(order_by: Sequence[OrderKey]) -> str:
    """The order as one would say it."""
    return ", ".join(map(str, order_by))


def _sort_key(key: OrderKey, scope: Scope, null_order: NullOrder) -> SortKey:
    position = scope.position(key.column)
    nulls_first = key.nulls_first
    if nulls_first is None:
        is_low = null_order == "lowest" or scope.columns[position].type.tag > NULL_TAG
        nulls_first = is_low != key.is_descending
    return SortKey(position, key.is_descending, nulls_first=nulls_first)
