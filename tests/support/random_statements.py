"""Random select statements over given tables, as the JSON of `docs/queries.md`.

    {"from": "a", "joins": [...], "where": {"Or": [{"Lt": ["a.x", 2]}, {"IsNull": "y"}]},
     "order_by": [{"column": "y", "direction": "desc"}], "limit": 3}

Every statement is valid. Literals are mostly what the column holds, so that they match; they come
bare and typed, of other widths, and now and then NULL. `unknown_where` turns a filter into the one
that is true where the first is unknown.
"""

import base64
import random
from typing import Any
from uuid import UUID

from tests.support.cell_keys import FLOATS, INTEGERS, NUMBERS, is_null
from tests.support.query_conditions import Scope
from tests.support.random_database import CELLS, Table

Statement = dict[str, Any]
Filter = dict[str, Any]

COMPARISONS = ["Eq", "Ne", "Gt", "Lt", "Ge", "Le"]
PATTERNS = [
    "", "%", "_", "a%", "A%", "%b", "a_", "_b%", "%a%b%", "a\\%", "a\\_c", "\\\\", "é", "_%_",
    "a%%b", "\\a%", "b\\",
]  # fmt: skip
PATHS = ["a", "b", "a.a", "b[0]", "b[1].a", "[0]", "[1]", "[1][0]", "c"]
JSON_PATTERNS = ["{}", "[]", "1", "1.0", "null", '{"a":1}', '{"b":[1]}', "[1]", '{"a":{}}', "[[1]]"]
JSON_LITERALS = [
    1, 1.5, "a", True, None, {"Int64": 3}, {"Text": "x"}, {"Boolean": False}, {"Json": "[1,2]"},
    {"Decimal": "1.50"}, {"Json": '{"a":3}'},
]  # fmt: skip
DEPTHS = [0, 0, 0, 1, 1, 2, 3]
FUNCTIONS = ["count", "count", "sum", "avg", "min", "max"]
JOIN_TYPES = ["Inner", "Inner", "Left", "Left", "Right", "Full", "Semi", "Anti"]


def draw_statement(chance: random.Random, tables: list[Table]) -> Statement:
    """A statement that starts at any of the tables and joins any of the others."""
    first, *others = chance.sample(tables, len(tables))
    joined = others[: chance.randint(0, len(others))] if chance.random() < 0.7 else []
    statement: Statement = {"from": first.name}
    scope = scope_of(first)
    for table in joined:
        join = draw_join(chance, first, scope, table)
        if join is not None:
            statement.setdefault("joins", []).append(join)
            if join["join_type"] not in ("Semi", "Anti"):
                scope = Scope(scope.columns + scope_of(table).columns)
    if chance.random() < 0.6:
        statement["where"] = draw_filter(chance, scope, tables)
    if chance.random() < 0.1:
        statement["distinct_by"] = draw_names(chance, scope)
    if chance.random() < 0.3:
        scope = add_groups(chance, statement, scope, tables)
    elif chance.random() < 0.5:
        statement["columns"] = draw_names(chance, scope)
    if chance.random() < 0.2:
        statement["distinct"] = True
    add_order(chance, statement, scope)
    return statement


def scope_of(table: Table) -> Scope:
    return Scope([(table.name, each.name, each.type) for each in table.columns])


def draw_join(
    chance: random.Random, first: Table, scope: Scope, table: Table
) -> dict[str, str] | None:
    """A join of the table on any two columns that can be equal, often on its key."""
    pairs = [
        (left, right)
        for left in scope.columns
        for right in scope_of(table).columns
        if left[2] == right[2] or {left[2], right[2]} <= NUMBERS
    ]
    if not pairs:
        return None
    on_key = [pair for pair in pairs if pair[1][1] == table.key]
    (owner, name, _), (_, right, _) = chance.choice((chance.random() < 0.3 and on_key) or pairs)
    is_bare = owner == first.name and chance.random() < 0.5
    return {
        "join_type": chance.choice(JOIN_TYPES),
        "table": table.name,
        "left_column": name if is_bare else f"{owner}.{name}",
        "right_column": right,
    }


def add_groups(
    chance: random.Random, statement: Statement, rows: Scope, tables: list[Table]
) -> Scope:
    """Group the statement; gives the columns of its groups."""
    keys = draw_names(chance, rows) if chance.random() < 0.7 else []
    if keys:
        statement["group_by"] = keys
    columns = [rows.columns[position] for position in rows.positions(keys)]
    aggregates: list[dict[str, str]] = []
    for number in range(chance.randint(0 if keys else 1, 3)):
        each, type = draw_aggregate(chance, rows, f"agg{number}")
        aggregates.append(each)
        columns.append(("", each["as"], type))
    if aggregates:
        statement["aggregates"] = aggregates
    scope = Scope(columns)
    if chance.random() < 0.4:
        statement["having"] = draw_filter(chance, scope, tables)
    if keys and chance.random() < 0.2:
        statement["columns"] = chance.sample(keys, chance.randint(1, len(keys)))
    return scope


def draw_aggregate(chance: random.Random, rows: Scope, name: str) -> tuple[dict[str, str], str]:
    """An aggregate, and the type of what it gives."""
    function = chance.choice(FUNCTIONS)
    if function == "count" and chance.random() < 0.5:
        return {"function": "count", "as": name}, "uint64"
    needs_number = function in ("sum", "avg")
    fitting = [each for each in rows.columns if each[2] in NUMBERS or not needs_number]
    if not fitting:
        return {"function": "count", "as": name}, "uint64"
    column = chance.choice(fitting)
    summed = "float64" if column[2] in FLOATS else "decimal"
    type = "uint64" if function == "count" else summed if needs_number else column[2]
    return {"function": function, "column": name_of(chance, rows, column), "as": name}, type


def add_order(chance: random.Random, statement: Statement, scope: Scope) -> None:
    if chance.random() < 0.5:
        statement["order_by"] = [
            {"column": name, "direction": chance.choice(["asc", "desc"])}
            for name in draw_names(chance, scope)
        ]
    if chance.random() < 0.25:
        statement["limit"] = chance.choice([0, 1, 2, 2, 3, 3, 7, 7, 20, 2**63 - 1, 2**64 - 1])
    if chance.random() < 0.15:
        statement["offset"] = chance.choice([0, 1, 1, 1, 2, 2, 5, 2**64 - 1])


def draw_names(chance: random.Random, scope: Scope) -> list[str]:
    """One to three different columns."""
    columns = chance.sample(scope.columns, chance.randint(1, min(3, len(scope.columns))))
    return [name_of(chance, scope, column) for column in columns]


def name_of(chance: random.Random, scope: Scope, column: tuple[str, str, str]) -> str:
    """A name for the column: qualified, or bare where that is clear."""
    table, name, _ = column
    is_clear = [each[1] for each in scope.columns].count(name) == 1
    return name if not table or (is_clear and chance.random() < 0.7) else f"{table}.{name}"


# Filters.


def draw_filter(
    chance: random.Random, scope: Scope, tables: list[Table], depth: int | None = None
) -> Filter:
    """A filter with up to `depth` levels above its conditions."""
    if depth is None:
        depth = chance.choice(DEPTHS)
    if depth == 0:
        return draw_condition(chance, scope, tables)
    if chance.random() < 0.25:
        return {"Not": draw_filter(chance, scope, tables, depth - 1)}
    operands = [draw_filter(chance, scope, tables, depth - 1) for _ in range(2)]
    return {chance.choice(["And", "Or"]): operands}


def draw_condition(chance: random.Random, scope: Scope, tables: list[Table]) -> Filter:
    table, column, type = chosen = chance.choice(scope.columns)
    name = name_of(chance, scope, chosen)
    kind = chance.random()
    if kind < 0.12:
        return {chance.choice(["IsNull", "NotNull"]): name}
    if type == "json" and kind < 0.85:
        return {"Json": [name, draw_json_condition(chance)]}
    if type == "text" and kind < 0.4:
        return {"Like": [name, chance.choice(PATTERNS)]}
    known = cells_of(tables, table, column) or CELLS[type]
    if kind < 0.6:
        count = chance.choice([0, 1, 2, 2, 3, 4])
        return {"In": [name, [draw_literal(chance, type, known) for _ in range(count)]]}
    return {chance.choice(COMPARISONS): [name, draw_literal(chance, type, known)]}


def cells_of(tables: list[Table], table: str, column: str) -> list[Any]:
    """What a column holds; nothing for a computed one."""
    for each in tables:
        if each.name == table:
            at = each.names.index(column)
            return [row[at] for row in each.rows if row[at] is not None]
    return []


def draw_literal(chance: random.Random, type: str, known: list[Any]) -> Any:
    """A constant that goes with a column of this type."""
    if chance.random() < 0.04:
        return chance.choice([None, "Null", {"Null": None}])
    cell = chance.choice(known if chance.random() < 0.8 else CELLS[type])
    if type in NUMBERS and chance.random() < 0.2:
        return chance.choice([0, 1, 1.5, -0.25, 3, 300, -1, 2**64, -(2**70), {"Decimal": "1.00"}])
    return cell if chance.random() < 0.6 else typed_literal(chance, type, cell)


def typed_literal(chance: random.Random, type: str, cell: Any) -> Any:
    """The same constant with its type; an integer with one that need not be the column's."""
    if type in INTEGERS:
        wide = "Uint64" if cell >= 2**63 else "Int64"
        return {wide if chance.random() < 0.5 else type.capitalize(): cell}
    if type in ("text", "boolean", "decimal", "json"):
        return {type.capitalize(): cell}
    if type == "blob":
        return {"Blob": list(base64.b64decode(cell))}
    if type == "uuid":
        return {"Uuid": list(UUID(cell).bytes)}
    if type == "date":
        return {"Date": dict(zip(("year", "month", "day"), map(int, cell.split("-")), strict=True))}
    if type == "custom:pair:2":
        return {"Custom": {"type_tag": "pair", "encoded": list(base64.b64decode(cell))}}
    return cell


def draw_json_condition(chance: random.Random) -> dict[str, Any]:
    kind = chance.random()
    if kind < 0.25:
        return {"Contains": chance.choice(JSON_PATTERNS)}
    if kind < 0.4:
        return {"HasKey": chance.choice(PATHS)}
    return {"Extract": [chance.choice(PATHS), draw_comparison(chance)]}


def draw_comparison(chance: random.Random) -> Any:
    operator = chance.choice([*COMPARISONS, "In", "IsNull", "NotNull"])
    if operator in ("IsNull", "NotNull"):
        return operator
    if operator == "In":
        return {"In": chance.choices(JSON_LITERALS, k=chance.randint(0, 3))}
    return {operator: chance.choice(JSON_LITERALS)}


# Unknown.


def unknown_where(where: Filter) -> Filter:
    """The filter that is true where `where` is unknown: what SQL writes as `(p) IS NULL`."""
    ((operator, operand),) = where.items()
    if operator == "Not":
        return unknown_where(operand)
    if operator in ("And", "Or"):
        left, right = operand
        decided = (lambda each: each) if operator == "And" else (lambda each: {"Not": each})
        both = {"And": [unknown_where(left), unknown_where(right)]}
        either = {
            "Or": [
                {"And": [unknown_where(left), decided(right)]},
                {"And": [decided(left), unknown_where(right)]},
            ]
        }
        return {"Or": [both, either]}
    return unknown_condition(operator, operand)


def unknown_condition(operator: str, operand: Any) -> Filter:
    if operator in ("IsNull", "NotNull"):
        return never(operand)
    column, literal = operand
    if operator == "Json":
        return unknown_json(column, literal)
    if operator == "In":
        is_decided = not literal or any(map(is_null, literal))
        return never(column) if is_decided else {"IsNull": column}
    if operator in ("Like", "Eq", "Ne") or not is_null(literal):
        return never(column) if is_null(literal) else {"IsNull": column}
    return {"Not": never(column)}


def unknown_json(column: str, condition: dict[str, Any]) -> Filter:
    """NULL cells, and for comparisons also documents with a null at the path."""
    comparison = condition.get("Extract", [None, "IsNull"])[1]
    if not isinstance(comparison, dict):
        return {"IsNull": column}
    ((operator, literal),) = comparison.items()
    path = condition["Extract"][0]
    if operator == "In":
        is_decided = not literal or any(map(is_null, literal))
    else:
        is_decided = operator in ("Eq", "Ne") and is_null(literal)
    if is_decided:
        return {"IsNull": column}
    present = {"Json": [column, {"HasKey": path}]}
    if operator != "In" and is_null(literal):
        return {"Or": [{"IsNull": column}, present]}
    null = {"Json": [column, {"Extract": [path, "IsNull"]}]}
    return {"Or": [{"IsNull": column}, {"And": [present, null]}]}


def never(column: str) -> Filter:
    """A filter that is false of every row."""
    return {"In": [column, []]}
