"""Select statements in SQL, and sqlite3 as a judge of what they give.

    with s0 as (select t0.k0 ..., row_number() over (...) as n from a t0 left join b t1 on ...),
         s1 as (select * from s0 where c1 > ?),
         s2 as (select c1, count(*) as c2, min(n) as n from s1 group by c1)
    select c1, c2 from s2 order by c2 desc, n limit ? offset ?

A step for each key of the statement, in the order of `docs/queries.md`; `n` keeps the order of the
rows, which SQL leaves open. Types sqlite lacks, and what means something else in SQL, are refused
with Inexpressible.
"""

import base64
import sqlite3
from collections.abc import Iterable, Mapping
from contextlib import closing
from decimal import Decimal
from math import copysign
from typing import Any

from tests.support.cell_keys import AVERAGE, FLOATS, INTEGERS, literal_key
from tests.support.query_conditions import Scope
from tests.support.random_database import Table
from tests.support.random_statements import scope_of

SYMBOLS = {"Eq": "=", "Ne": "<>", "Gt": ">", "Lt": "<", "Ge": ">=", "Le": "<="}
INT64_END = 1 << 63
SUMMABLE = INTEGERS - {"int64", "uint64"} | FLOATS
DATE_SIZE = len("2024-01-01")


class Inexpressible(Exception):
    """SQL, or sqlite, has no words for it, or other ones."""


class Sqlite:
    """A database of sqlite3 with the rows of the tables that it can hold."""

    def __init__(self, tables: Iterable[Table]) -> None:
        if sqlite3.sqlite_version_info < (3, 39):
            raise Inexpressible("right and full joins")
        self.connection = sqlite3.connect(":memory:")
        self.connection.execute("pragma case_sensitive_like = on")
        self.scopes: dict[str, Scope] = {}
        for table in tables:
            try:
                self._load(table)
            except Inexpressible:
                continue
            self.scopes[table.name] = scope_of(table)

    def close(self) -> None:
        self.connection.close()

    def _load(self, table: Table) -> None:
        types = [column.type for column in table.columns]
        rows = [[n, *map(sql_cell, types, row)] for n, row in enumerate(table.rows)]
        columns = ", ".join(f"k{number}" for number in range(len(types)))
        self.connection.execute(f"create table {table.name} (n integer primary key, {columns})")
        marks = ", ".join("?" * (len(types) + 1))
        self.connection.executemany(f"insert into {table.name} values ({marks})", rows)

    def rows(self, statement: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        """What the statement gives, in the values of `sql_cell`."""
        query = Query(statement, self.scopes)
        text = query.text()
        with closing(self.connection.execute(text, query.arguments)) as cursor:
            return cursor.fetchall()


def sql_cell(type: str, cell: Any) -> Any:
    """A cell of rows JSON as sqlite has it."""
    if cell is None:
        return None
    if type in INTEGERS and -INT64_END <= cell < INT64_END:
        return cell
    is_plain = isinstance(cell, float) and (cell or copysign(1, cell) > 0)
    if type in ("boolean", "text", "uuid") or (type in FLOATS and is_plain):
        return cell
    if type == "date" and len(cell) == DATE_SIZE:
        return cell
    if type == "blob":
        return base64.b64decode(cell)
    raise Inexpressible(f"{type} {cell}")


def sql_result(type: str, cell: Any) -> Any:
    """A cell of a result; sums and averages are decimals there and numbers in sqlite."""
    is_decimal = cell is not None and type in ("decimal", AVERAGE)
    return Decimal(cell) if is_decimal else sql_cell(type, cell)


class Query:
    """The SQL of one statement; its steps and their arguments in order."""

    def __init__(self, statement: Mapping[str, Any], scopes: Mapping[str, Scope]) -> None:
        self.statement = statement
        self.scopes = scopes
        self.steps: list[str] = []
        self.arguments: list[Any] = []

    def text(self) -> str:
        """The whole query; sets `arguments`."""
        statement = self.statement
        scope = self._add_rows()
        if "where" in statement:
            self._add(f"select * from {{}} where {self._condition(statement['where'], scope)}")
        self._add_first_of_each(scope.positions(statement.get("distinct_by", [])))
        output = scope.positions(statement.get("columns", []))
        if statement.get("group_by") or statement.get("aggregates"):
            keys = scope.positions(statement.get("group_by", []))
            scope = self._add_groups(scope, keys)
            asked = statement.get("columns", statement.get("group_by", []))
            output = [*scope.positions(asked), *range(len(keys), len(scope.columns))]
            if "having" in statement:
                having = self._condition(statement["having"], scope)
                self._add(f"select * from {{}} where {having}")
        output = output or list(range(len(scope.columns)))
        if statement.get("distinct"):
            self._add_first_of_each(output)
        return self._finished(scope, output)

    def _add(self, step: str) -> None:
        """A further step; {} stands for the one before."""
        self.steps.append(step.format(f"s{len(self.steps) - 1}"))

    def _scope(self, table: str) -> Scope:
        if table not in self.scopes:
            raise Inexpressible(f"table {table}")
        return self.scopes[table]

    def _add_rows(self) -> Scope:
        """All joined rows, numbered by the order of the left side, then of the right one;
        rows of the right side alone come last.
        """
        first = scope = self._scope(self.statement["from"])
        source, order = f"{self.statement['from']} t0", ["t0.n"]
        names = [f"t0.k{number}" for number in range(len(first.columns))]
        for number, join in enumerate(self.statement.get("joins", []), 1):
            if join["join_type"] in ("Semi", "Anti"):
                raise Inexpressible("semi and anti joins")
            right = self._scope(join["table"])
            own = [name for _, name, _ in first.columns]
            left_scope = first if join["left_column"] in own else scope
            left = names[left_scope.position(join["left_column"])]
            on = f"{left} = t{number}.k{right.position(join['right_column'])}"
            source += f" {join['join_type']} join {join['table']} t{number} on {on}"
            is_alone = " and ".join(f"t{earlier}.n is null" for earlier in range(number))
            order = [f"({is_alone})", *order, f"t{number}.n"]
            names += [f"t{number}.k{position}" for position in range(len(right.columns))]
            scope = Scope(scope.columns + right.columns)
        columns = ", ".join(f"{name} as c{number}" for number, name in enumerate(names))
        number_rows = f"row_number() over (order by {', '.join(order)})"
        self._add(f"select {columns}, {number_rows} as n from {source}")
        return scope

    def _add_first_of_each(self, positions: list[int]) -> None:
        if positions:
            keys = ", ".join(f"c{position}" for position in positions)
            first = f"select min(n) from {{0}} group by {keys}"
            self._add(f"select * from {{0}} where n in ({first})")

    def _add_groups(self, rows: Scope, keys: list[int]) -> Scope:
        columns = [rows.columns[key] for key in keys]
        results = [f"c{key} as c{number}" for number, key in enumerate(keys)]
        for each in self.statement.get("aggregates", []):
            at = rows.position(each["column"]) if "column" in each else None
            type = "uint64" if at is None else rows.type(at)
            if each["function"] in ("sum", "avg") and type not in SUMMABLE:
                raise Inexpressible(f"{each['function']} of {type}")
            argument = "*" if at is None else f"c{at}"
            results.append(f"{each['function']}({argument}) as c{len(columns)}")
            columns.append(("", each["as"], result_type(each["function"], type)))
        by = f" group by {', '.join(f'c{key}' for key in keys)}" if keys else ""
        self._add(f"select {', '.join(results)}, coalesce(min(n), 0) as n from {{}}{by}")
        return Scope(columns)

    def _finished(self, scope: Scope, output: list[int]) -> str:
        keys = [
            f"c{scope.position(key['column'])} {key.get('direction', 'asc')}"
            for key in self.statement.get("order_by", [])
        ]
        limit, offset = self.statement.get("limit", -1), self.statement.get("offset", 0)
        if max(limit, offset) >= INT64_END:
            raise Inexpressible("limits beyond int64")
        self.arguments += [limit, offset]
        steps = ", ".join(f"s{number} as ({step})" for number, step in enumerate(self.steps))
        columns = ", ".join(f"c{position}" for position in output)
        last = f"s{len(self.steps) - 1}"
        order = ", ".join([*keys, "n"])
        return f"with {steps} select {columns} from {last} order by {order} limit ? offset ?"

    # Filters.

    def _condition(self, where: Mapping[str, Any], scope: Scope) -> str:
        ((operator, operand),) = where.items()
        if operator in ("And", "Or"):
            left, right = (self._condition(each, scope) for each in operand)
            return f"({left} {operator} {right})"
        if operator == "Not":
            return f"(not {self._condition(operand, scope)})"
        if operator in ("IsNull", "NotNull"):
            is_not = "" if operator == "IsNull" else "not "
            return f"c{scope.position(operand)} is {is_not}null"
        at = scope.position(operand[0])
        if operator == "Like":
            return self._like(at, operand[1])
        if operator == "In":
            return self._membership(at, scope.type(at), operand[1])
        if operator not in SYMBOLS:
            raise Inexpressible(operator)
        literal = self._literal(scope.type(at), operand[1])
        if literal is None and operator in ("Eq", "Ne"):
            return f"c{at} is {'' if operator == 'Eq' else 'not '}null"
        return f"c{at} {SYMBOLS[operator]} {self._argument(literal)}"

    def _like(self, at: int, pattern: str) -> str:
        backslashes = len(pattern) - len(pattern.rstrip("\\"))
        if backslashes % 2:
            raise Inexpressible("a backslash at the end of a pattern")
        return f"c{at} like {self._argument(pattern)} escape '\\'"

    def _membership(self, at: int, type: str, literals: list[Any]) -> str:
        values = [self._literal(type, each) for each in literals]
        present = [self._argument(value) for value in values if value is not None]
        if len(present) == len(values):
            return f"c{at} in ({', '.join(present)})"
        return f"(c{at} is null or c{at} in ({', '.join(present)}))"

    def _argument(self, value: Any) -> str:
        self.arguments.append(value)
        return "?"

    def _literal(self, type: str, literal: Any) -> Any:
        """A constant as sqlite has it."""
        if type in ("json", "datetime") or type.startswith("custom:"):
            raise Inexpressible(type)
        key = literal_key(type, literal)
        if type == "date" and key is not None:
            return sql_cell("date", "-".join(f"{part:02}" for part in key))
        return sql_number(*key) if isinstance(key, tuple) else key


def sql_number(is_nan: bool, number: Any) -> int | float:
    """The key of a number as sqlite has it."""
    if is_nan or abs(number) >= INT64_END:
        raise Inexpressible(f"{number}")
    return int(number) if number == int(number) else float(number)


def result_type(function: str, type: str) -> str:
    return {"count": "uint64", "sum": "decimal", "avg": "decimal"}.get(function, type)
