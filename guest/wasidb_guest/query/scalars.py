"""Values computed from the other cells of a row, for migrations.

    {"Concat": [{"Column": "first"}, {"Value": " "}, {"Upper": {"Column": "last"}}]}

    SCALAR    {"Column": name}   {"Value": text, number, true, false or null}
              {"Add"|"Sub"|"Mul"|"Div": [SCALAR, SCALAR]}
              {"Concat": [SCALAR, ...]}   {"Coalesce": [SCALAR, ...]}
              {"Lower"|"Upper"|"Trim": SCALAR}   {"Slice": [SCALAR, start, length]}
              {"If": [FILTER, SCALAR, SCALAR]}

What is computed from NULL is NULL, but for `Coalesce`, which gives the first of its values that is
not, and `If`, which gives the third where its filter is false or unknown. Numbers are exact, but
for quotients, which have 28 digits, and wherever a float takes part. A column of dates, uuids or
json is text here, as it prints. Works on a column of cells at a time."""

import operator
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Context, Decimal, DecimalException, DivisionByZero, Inexact, InvalidOperation
from functools import partial
from itertools import compress, repeat
from typing import Any, TypeAlias

from wasidb_guest.definitions import ColumnDefinition, TableDefinition
from wasidb_guest.encoding.cell_vectors import vector_from_cells, vector_to_cells
from wasidb_guest.errors import InvalidValue
from wasidb_guest.query.binding import bind
from wasidb_guest.query.filter_json import NESTING_MAX, filter_from_json
from wasidb_guest.query.json_input import JsonInput
from wasidb_guest.query.predicates import true_rows
from wasidb_guest.query.scope import Scope
from wasidb_guest.values import DataType
from wasidb_guest.vectors import Batch, Vector

Cells: TypeAlias = list[Any]

NUMBER, TEXT, BOOLEAN, BYTES, NULL = "a number", "text", "a boolean", "bytes", "null"
EXACT = Context(prec=100, traps=[Inexact, InvalidOperation])
QUOTIENT = Context(prec=28, traps=[DivisionByZero, InvalidOperation])
LENGTH_MAX = (1 << 31) - 1


@dataclass(frozen=True, slots=True)
class Scalar:
    """An expression: what kind of cells it gives for the rows of a batch."""

    kind: str
    cells: Callable[[Batch], Cells]


def computed_column(
    source: JsonInput, stored: TableDefinition, table: str, column: ColumnDefinition
) -> Callable[[Batch], Vector]:
    """What the expression at a place of a JSON document makes of complete rows of a stored table,
    for a column of the wanted `table`.

    InvalidQuery for an expression that is none or is of another kind than the column, UnknownColumn
    for a column that is not stored. The function raises InvalidValue for a value that the column
    cannot hold."""
    kind = _kind(column.type)
    scalar = _expect(source, scalar_from_json(source, stored), kind)

    def compute(batch: Batch) -> Vector:
        try:
            cells = list(map(partial(_fitting, column.type), scalar.cells(batch)))
        except (DecimalException, ZeroDivisionError, OverflowError) as problem:
            what = "a division by zero" if _is_zero_division(problem) else "a number out of range"
            message = f"{table}.{column.name}: its expression meets {what}"
            raise InvalidValue(message, table=table, column=column.name) from None
        return vector_from_cells(column.type, cells, table=table, column=column.name, nullable=True)

    return compute


def _is_zero_division(problem: Exception) -> bool:
    # 0 / 0 is an invalid operation to decimals.
    return isinstance(problem, ZeroDivisionError | InvalidOperation)


def scalar_from_json(source: JsonInput, table: TableDefinition, depth: int = 1) -> Scalar:
    """The expression at this place of a JSON document, over the columns of a table."""
    if depth > NESTING_MAX:
        raise source.refused(f"expressions nested at most {NESTING_MAX} deep")
    read, value = source.variant(SCALARS, "an expression")
    return read(value, table, depth + 1)


Reader = Callable[[JsonInput, TableDefinition, int], Scalar]


def _column(source: JsonInput, table: TableDefinition, _depth: int) -> Scalar:
    position = table.column_position(source.text())
    data_type = table.columns[position].type
    read = _decimals if data_type.name == "decimal" else vector_to_cells
    return Scalar(_kind(data_type), lambda batch: read(batch.vectors[position]))


def _decimals(vector: Vector) -> Cells:
    return [None if cell is None else Decimal(cell) for cell in vector_to_cells(vector)]


def _kind(data_type: DataType) -> str:
    if data_type.is_integer or data_type.is_float or data_type.name == "decimal":
        return NUMBER
    return {"boolean": BOOLEAN, "blob": BYTES, "custom": BYTES}.get(data_type.name, TEXT)


def _value(source: JsonInput, _table: TableDefinition, _depth: int) -> Scalar:
    kinds = {bool: BOOLEAN, str: TEXT, int: NUMBER, Decimal: NUMBER, type(None): NULL}
    kind = kinds.get(type(source.value))
    if kind is None:
        raise source.refused("text, a number, true, false or null")
    return Scalar(kind, lambda batch: list(repeat(source.value, batch.count)))


def _arithmetic(operate: Callable[[Any, Any], Any]) -> Reader:
    def read(source: JsonInput, table: TableDefinition, depth: int) -> Scalar:
        left, right = (
            _expect(each, scalar_from_json(each, table, depth), NUMBER) for each in source.items(2)
        )
        each = partial(_unless_null, partial(_calculate, operate))
        return Scalar(NUMBER, lambda batch: list(map(each, left.cells(batch), right.cells(batch))))

    return read


def _calculate(operate: Callable[[Any, Any], Any], left: Any, right: Any) -> Any:
    if isinstance(left, float) or isinstance(right, float):
        return operate(float(left), float(right))
    if operate is operator.truediv:
        return QUOTIENT.divide(Decimal(left), Decimal(right))
    if isinstance(left, int) and isinstance(right, int):
        return operate(left, right)
    return DECIMAL_OPERATIONS[operate](Decimal(left), Decimal(right))


DECIMAL_OPERATIONS = {
    operator.add: EXACT.add,
    operator.sub: EXACT.subtract,
    operator.mul: EXACT.multiply,
}


def _unless_null(function: Callable[..., Any], *cells: Any) -> Any:
    return None if None in cells else function(*cells)


def _of_text(function: Callable[[str], str]) -> Reader:
    def read(source: JsonInput, table: TableDefinition, depth: int) -> Scalar:
        text = _expect(source, scalar_from_json(source, table, depth), TEXT)
        each = partial(_unless_null, function)
        return Scalar(TEXT, lambda batch: list(map(each, text.cells(batch))))

    return read


def _slice(source: JsonInput, table: TableDefinition, depth: int) -> Scalar:
    text_source, start_source, length_source = source.items(3)
    text = _expect(text_source, scalar_from_json(text_source, table, depth), TEXT)
    start = start_source.integer(0, LENGTH_MAX)
    part = slice(start, start + length_source.integer(0, LENGTH_MAX))
    each = partial(_unless_null, operator.itemgetter(part))
    return Scalar(TEXT, lambda batch: list(map(each, text.cells(batch))))


def _concat(source: JsonInput, table: TableDefinition, depth: int) -> Scalar:
    parts = _several(source, table, depth)
    for place, part in zip(source.items(), parts, strict=True):
        if part.kind not in (TEXT, NUMBER, NULL):
            raise place.refused("text or a number")
    each = partial(_unless_null, lambda *cells: "".join(map(_printed, cells)))
    return Scalar(TEXT, lambda batch: list(map(each, *(part.cells(batch) for part in parts))))


def _printed(cell: Any) -> str:
    return format(cell, "f") if isinstance(cell, Decimal) else str(cell)


def _coalesce(source: JsonInput, table: TableDefinition, depth: int) -> Scalar:
    parts = _several(source, table, depth)
    kind = _common_kind(source, parts)
    return Scalar(kind, lambda batch: list(map(_first, *(part.cells(batch) for part in parts))))


def _first(*cells: Any) -> Any:
    return next((cell for cell in cells if cell is not None), None)


def _if(source: JsonInput, table: TableDefinition, depth: int) -> Scalar:
    condition, *alternatives = source.items(3)
    predicate = bind(filter_from_json(condition), Scope.of_table(table))
    chosen, other = (scalar_from_json(each, table, depth) for each in alternatives)

    def cells(batch: Batch) -> Cells:
        picked = other.cells(batch)
        rows = true_rows(predicate, batch)
        flags = bytearray(batch.count)
        for row in rows:
            flags[row] = 1
        for row, cell in zip(rows, compress(chosen.cells(batch), flags), strict=True):
            picked[row] = cell
        return picked

    return Scalar(_common_kind(source, (chosen, other)), cells)


def _several(source: JsonInput, table: TableDefinition, depth: int) -> list[Scalar]:
    items = source.items()
    if not items:
        raise source.refused("an array with at least one expression")
    return [scalar_from_json(each, table, depth) for each in items]


def _common_kind(source: JsonInput, parts: Iterable[Scalar]) -> str:
    kinds = {part.kind for part in parts} - {NULL}
    if len(kinds) > 1:
        raise source.refused("expressions of one kind")
    return next(iter(kinds), NULL)


def _expect(source: JsonInput, scalar: Scalar, kind: str) -> Scalar:
    if scalar.kind not in (kind, NULL):
        raise source.refused(f"an expression that gives {kind}")
    return scalar


def _fitting(data_type: DataType, cell: Any) -> Any:
    """The form in which a column of this type takes a number; anything else as it is."""
    if cell is None or not isinstance(cell, int | float | Decimal) or isinstance(cell, bool):
        return cell
    if data_type.name == "decimal":
        return _printed(Decimal(repr(cell)) if isinstance(cell, float) else cell)
    if data_type.is_float:
        return float(cell)
    is_whole = cell.is_integer() if isinstance(cell, float) else cell == int(cell)
    return int(cell) if is_whole else _printed(cell)  # which is refused


SCALARS: Mapping[str, Reader] = {
    "Column": _column,
    "Value": _value,
    "Add": _arithmetic(operator.add),
    "Sub": _arithmetic(operator.sub),
    "Mul": _arithmetic(operator.mul),
    "Div": _arithmetic(operator.truediv),
    "Concat": _concat,
    "Coalesce": _coalesce,
    "Lower": _of_text(str.lower),
    "Upper": _of_text(str.upper),
    "Trim": _of_text(str.strip),
    "Slice": _slice,
    "If": _if,
}
