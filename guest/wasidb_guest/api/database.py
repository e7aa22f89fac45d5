"""Interface `database`: typed rows, as hosts of wasm-dbms 0.9.0 expect them.

Values are pairs of a case of `types.value` and its payload: ("u32-val", 7), ("null-val", None),
("custom-val", (tag, bytes, text)). A query is anything with the fields of `types.query`; rows are
sequences of (column, value).

Where that engine is wrong (an ignored value, a NULL instead of an error, a join that is left out)
this one is right; everywhere else it answers the same, NULLs ordered by the rank of their column's
type included.
"""

from collections.abc import Callable, Sequence
from typing import Any

from wasidb_guest.api.session import Session
from wasidb_guest.definitions import TableDefinition
from wasidb_guest.encoding.cell_vectors import constant_vector, vector_to_cells
from wasidb_guest.encoding.cells import BadCell, decode_cell, encode_cell
from wasidb_guest.errors import NotNullViolated
from wasidb_guest.query.executor import matching_addresses
from wasidb_guest.query.filter_json import parse_filter
from wasidb_guest.query.statement import DIRECTIONS, Function, OrderKey
from wasidb_guest.query.typed_query import TypedQuery, typed_aggregate, typed_select
from wasidb_guest.values import DataType
from wasidb_guest.vectors import Batch, Vector

Value = tuple[str, Any]
Row = Sequence[tuple[str, Value]]

NULL: Value = ("null-val", None)

CASES = {
    "boolean": "bool-val", "blob": "blob-val", "date": "date-val", "datetime": "datetime-val",
    "decimal": "decimal-val", "json": "json-val", "text": "text-val", "uuid": "uuid-val",
    **{f"int{bits}": f"i{bits}-val" for bits in (8, 16, 32, 64)},
    **{f"uint{bits}": f"u{bits}-val" for bits in (8, 16, 32, 64)},
    **dict.fromkeys(("custom", "float32", "float64"), "custom-val"),
}  # fmt: skip


class Database(Session):
    """The functions of interface `database`."""

    def select(self, table: str, query: Any) -> list[list[tuple[str, Value]]]:
        with self._engine.store.session(None) as transaction:
            batch = typed_select(table, _typed_query(query), transaction)
        columns = [_values(vector) for vector in batch.vectors]
        return [list(zip(batch.names, row, strict=True)) for row in zip(*columns, strict=True)]

    def aggregate(
        self, table: str, query: Any, aggregates: Sequence[tuple[Function, str | None]]
    ) -> list[tuple[list[Value], list[Value]]]:
        with self._engine.store.session(None) as transaction:
            batch = typed_aggregate(table, _typed_query(query), aggregates, transaction)
        keys = [_values(vector) for vector in batch.vectors[: len(query.group_by)]]
        results = [
            [(function, result) for result in _results(function, vector)]
            for (function, _), vector in zip(aggregates, batch.vectors[len(keys) :], strict=True)
        ]
        return [
            ([column[row] for column in keys], [column[row] for column in results])
            for row in range(batch.count)
        ]

    def insert(self, table: str, values: Row, tx: int | None) -> None:
        with self._engine.store.session(tx) as transaction:
            definition = transaction.table(table).definition
            given = _known_columns(definition, values)
            names = [name for name in given if not _asks_for_number(definition, name, given[name])]
            vectors = [_vector(definition, name, given[name], 1) for name in names]
            transaction.insert(table, Batch(names, vectors, 1))

    def update(self, table: str, values: Row, filter: str | None, tx: int | None) -> int:
        condition = parse_filter(filter) if filter is not None else None
        with self._engine.store.session(tx) as transaction:
            target = transaction.table(table)
            given = _known_columns(target.definition, values)
            addresses = matching_addresses(target, condition)
            vectors = {
                name: _vector(target.definition, name, value, len(addresses))
                for name, value in given.items()
            }
            return transaction.update(table, addresses, vectors)

    def has_drift(self) -> bool:
        """Tables are defined at run time, so what is stored is what is meant."""
        self._engine.store.cache.check_usable()
        return False

    def pending_migrations(self) -> list[Value]:
        self._engine.store.cache.check_usable()
        return []

    def migrate(self, allow_destructive: object) -> None:
        self._engine.store.cache.check_usable()


def _typed_query(query: Any) -> TypedQuery:
    """The record `types.query`."""
    order_by = [OrderKey(key.column, DIRECTIONS[key.direction]) for key in query.order_by]
    return TypedQuery(
        filter=query.filter,
        distinct_by=tuple(query.distinct_by),
        eager_relations=tuple(query.eager_relations),
        joins=tuple(query.joins),
        group_by=tuple(query.group_by),
        having=query.having,
        order_by=tuple(order_by),
        limit=query.limit,
        offset=query.offset,
    )


# Values


def _known_columns(definition: TableDefinition, values: Row) -> dict[str, Value]:
    """The value of each named column; of a column named twice the last."""
    for name, _ in values:
        definition.column(name)
    return dict(values)


def _asks_for_number(definition: TableDefinition, name: str, value: Value) -> bool:
    """Whether this is NULL for a column that numbers itself."""
    return value[0] == "null-val" and definition.column(name).autoincrement


def _vector(definition: TableDefinition, name: str, value: Value, count: int) -> Vector:
    column = definition.column(name)
    if value[0] == "null-val" and not column.nullable:
        raise NotNullViolated(definition.name, name)
    try:
        return constant_vector(column.type, _cell(column.type, value), count)
    except BadCell as problem:
        raise problem.located(value[1], table=definition.name, column=name, row=None) from None


def _cell(data_type: DataType, value: Value) -> object:
    case, payload = value
    if case == "null-val":
        return None
    if case != CASES[data_type.name]:
        raise BadCell(f"{data_type} ({CASES[data_type.name]}), but {case}")
    if case != "custom-val":
        return payload
    encoded = bytes(payload[1])
    if data_type.is_float:
        return decode_cell(data_type, encoded) if len(encoded) == data_type.width else encoded
    return encoded if data_type.is_fixed else _without_size(encoded)


def _without_size(encoded: bytes) -> bytes:
    """A custom value of variable length without its u16 length prefix."""
    if len(encoded) < 2 or int.from_bytes(encoded[:2], "little") != len(encoded) - 2:
        raise BadCell("a u16 length and that many bytes")
    return encoded[2:]


def _values(vector: Vector) -> list[Value]:
    """The cells of a vector as values."""
    case = CASES[vector.type.name]
    to_payload = _payload_maker(vector.type)
    return [NULL if cell is None else (case, to_payload(cell)) for cell in vector_to_cells(vector)]


def _results(function: str, vector: Vector) -> list[Any]:
    """The results of an aggregate: plain numbers for a count, values otherwise."""
    return vector_to_cells(vector) if function == "count" else _values(vector)


def _payload_maker(data_type: DataType) -> Callable[[Any], Any]:
    if CASES[data_type.name] != "custom-val":
        return lambda cell: cell
    if data_type.is_float:
        return lambda cell: (data_type.name, encode_cell(data_type, cell), repr(cell))
    if data_type.is_fixed:
        return lambda cell: (data_type.custom_tag, cell, "")
    return lambda cell: (data_type.custom_tag, len(cell).to_bytes(2, "little") + cell, "")
