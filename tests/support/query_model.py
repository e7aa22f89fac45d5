"""What select statements mean: the naive model that the engine is compared with.

    answer({"from": "a", "where": {"Gt": ["x", 1]}}, tables)
    Answer(columns=["id", "x"], types=["uint8", "int8"], rows=[[3, 2]])

Takes the JSON of `docs/queries.md` and does one key after the other, in the order of that page, row
by row. Nothing here is quick or shared with the engine: there are no indexes, no plans, no columns.

What conditions mean is in `query_conditions`, what cells are equal and how they order in
`cell_keys`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Context, Decimal, localcontext
from itertools import product
from math import isnan
from typing import Any

from tests.support.cell_keys import AVERAGE, FLOATS, key_of
from tests.support.query_conditions import Row, Scope, test_of
from tests.support.random_database import Table

EXACT = Context(prec=200)
AVERAGE_DIGITS = SCALE_MAX = 28
DECIMAL_END = 1 << 96


class TooLarge(Exception):
    """A sum that no decimal can hold."""


@dataclass(frozen=True)
class Answer:
    """A result with the type of each column, which may be AVERAGE."""

    columns: list[str]
    types: list[str]
    rows: list[Row]


@dataclass(frozen=True)
class Relation(Scope):
    """Rows with columns that have names."""

    rows: list[Row]

    def with_rows(self, rows: list[Row]) -> "Relation":
        return Relation(self.columns, rows)


def answer(statement: Mapping[str, Any], tables: Mapping[str, Table]) -> Answer:
    """What the statement gives; TooLarge where the engine has to refuse a sum."""
    relation = joined(statement, tables)
    if "where" in statement:
        relation = chosen(relation, statement["where"])
    relation = first_of_each(relation, relation.positions(statement.get("distinct_by", [])))
    labels = labels_of(relation, statement["from"])
    output = list(range(len(labels)))
    if statement.get("group_by") or statement.get("aggregates"):
        keys = relation.positions(statement.get("group_by", []))
        labels = [labels[key] for key in keys]
        relation = grouped(relation, keys, statement.get("aggregates", []))
        computed = list(range(len(keys), len(relation.columns)))
        labels += [relation.columns[position][1] for position in computed]
        if "having" in statement:
            relation = chosen(relation, statement["having"])
        output = relation.positions(statement.get("columns", statement.get("group_by", [])))
        output += computed
    elif "columns" in statement:
        output = relation.positions(statement["columns"])
    if statement.get("distinct"):
        relation = first_of_each(relation, output)
    rows = ordered(relation, statement.get("order_by", []))
    offset, limit = statement.get("offset", 0), statement.get("limit")
    rows = rows[offset:] if limit is None else rows[offset : offset + limit]
    return Answer(
        [labels[position] for position in output],
        [relation.type(position) for position in output],
        [[row[position] for position in output] for row in rows],
    )


# Tables and joins.


def relation_of(table: Table) -> Relation:
    return Relation([(table.name, each.name, each.type) for each in table.columns], table.rows)


def joined(statement: Mapping[str, Any], tables: Mapping[str, Table]) -> Relation:
    """All joins, one after the other; a bare left name is the FROM table's if that has it."""
    relation = first = relation_of(tables[statement["from"]])
    for join in statement.get("joins", []):
        right = relation_of(tables[join["table"]])
        own = [name for _, name, _ in first.columns]
        scope = first if join["left_column"] in own else relation
        left_at = scope.position(join["left_column"])
        relation = join_two(
            relation, right, left_at, right.position(join["right_column"]), join["join_type"]
        )
    return relation


def join_two(left: Relation, right: Relation, left_at: int, right_at: int, kind: str) -> Relation:
    """Pairs with equal keys, by the left side's order; unmatched right rows come last. Of Semi and
    Anti joins the left rows that are in a pair, or in none."""
    pairs: list[tuple[int, int]] = [
        (i, j)
        for (i, row), (j, other) in product(enumerate(left.rows), enumerate(right.rows))
        if is_partner(row[left_at], left.type(left_at), other[right_at], right.type(right_at))
    ]
    if kind in ("Semi", "Anti"):
        matched = {i for i, _ in pairs}
        rows = [row for i, row in enumerate(left.rows) if (i in matched) == (kind == "Semi")]
        return Relation(left.columns, rows)
    if kind in ("Left", "Full"):
        matched = {i for i, _ in pairs}
        pairs += [(i, -1) for i in range(len(left.rows)) if i not in matched]
        pairs.sort()
    if kind in ("Right", "Full"):
        matched = {j for _, j in pairs}
        pairs += [(-1, j) for j in range(len(right.rows)) if j not in matched]
    left_rows = [*left.rows, [None] * len(left.columns)]
    right_rows = [*right.rows, [None] * len(right.columns)]
    return Relation(left.columns + right.columns, [left_rows[i] + right_rows[j] for i, j in pairs])


def is_partner(left: Any, left_type: str, right: Any, right_type: str) -> bool:
    if left is None or right is None:
        return False
    return bool(key_of(left_type, left) == key_of(right_type, right))


def labels_of(relation: Relation, first_table: str) -> list[str]:
    """The bare name for the FROM table's columns and wherever no other table has it."""
    names = [name for _, name, _ in relation.columns]
    return [
        name if table == first_table or names.count(name) == 1 else f"{table}.{name}"
        for table, name, _ in relation.columns
    ]


# Rows.


def row_key(relation: Relation, row: Row, positions: list[int]) -> tuple[Any, ...]:
    """Equal for rows that are equal in these columns; NULL equals NULL."""
    return tuple(
        None if row[at] is None else (key_of(relation.type(at), row[at]),) for at in positions
    )


def first_of_each(relation: Relation, positions: list[int]) -> Relation:
    """The first row of each combination of values; all rows if there are no columns to go by."""
    if not positions:
        return relation
    first: dict[Any, Row] = {}
    for row in relation.rows:
        first.setdefault(row_key(relation, row, positions), row)
    return relation.with_rows(list(first.values()))


def ordered(relation: Relation, order_by: list[dict[str, str]]) -> list[Row]:
    rows = relation.rows
    for key in reversed(order_by):
        at = relation.position(key["column"])
        rows = sorted(
            rows,
            key=lambda row, at=at: row_key(relation, row, [at])[0] or (),  # type: ignore[misc]
            reverse=key.get("direction") == "desc",
        )
    return rows


# Groups.


def grouped(relation: Relation, keys: list[int], aggregates: list[dict[str, str]]) -> Relation:
    """A row for each group, in the order of their first rows; one for all rows without keys."""
    groups: dict[Any, list[Row]] = {} if keys else {(): []}
    for row in relation.rows:
        groups.setdefault(row_key(relation, row, keys), []).append(row)
    columns = [relation.columns[key] for key in keys]
    rows = [[rows[0][key] for key in keys] for rows in groups.values()]
    for each in aggregates:
        at = relation.position(each["column"]) if "column" in each else None
        type = "uint64" if at is None else relation.type(at)
        columns.append(("", each["as"], result_type(each["function"], type)))
        for row, members in zip(rows, groups.values(), strict=True):
            cells = [1 if at is None else member[at] for member in members]
            present = [cell for cell in cells if cell is not None]
            row.append(aggregated(each["function"], type, present))
    return Relation(columns, rows)


def result_type(function: str, type: str) -> str:
    if function == "count":
        return "uint64"
    if function in ("min", "max"):
        return type
    if type in FLOATS:
        return "float64"
    return "decimal" if function == "sum" else AVERAGE


def aggregated(function: str, type: str, cells: list[Any]) -> Any:
    """The cell that a function of these cells gives; none of them is NULL."""
    if function == "count":
        return len(cells)
    if not cells:
        return None
    if function in ("min", "max"):
        return (min if function == "min" else max)(cells, key=lambda cell: key_of(type, cell))
    if type in FLOATS:
        total = sum(map(float, cells))
        return float_cell(total if function == "sum" else total / len(cells))
    with localcontext(EXACT):
        exact = sum(map(Decimal, cells), Decimal(0))
        return decimal_cell(exact) if function == "sum" else average_cell(exact / len(cells))


def float_cell(number: float) -> Any:
    if isnan(number):
        return "NaN"
    return number if abs(number) <= 1.7976931348623157e308 else f"{'-' * (number < 0)}Infinity"


def decimal_cell(number: Decimal) -> str:
    """The exact number, with the scale it has."""
    if abs(mantissa_of(number)) >= DECIMAL_END:
        raise TooLarge(f"{number}")
    return format(number, "f")


def average_cell(number: Decimal) -> str:
    """The exact number where a decimal holds it, else as many digits as every decimal has room
    for.
    """
    if -int(number.as_tuple().exponent) > SCALE_MAX or abs(mantissa_of(number)) >= DECIMAL_END:
        number = round(number, min(SCALE_MAX, AVERAGE_DIGITS - 1 - number.adjusted()))
    return format(number, "f")


def mantissa_of(number: Decimal) -> int:
    """All its digits, as a whole number."""
    return int(number.scaleb(max(0, -int(number.as_tuple().exponent))))


def chosen(relation: Relation, where: dict[str, Any]) -> Relation:
    """The rows for which a filter is true."""
    test = test_of(where, relation)
    return relation.with_rows([row for row in relation.rows if test(row)])
