"""Prepared statements: the engine reads each question once, however often it is asked.

    {"from": "people", "where": {"Eq": ["id", 7]}}
        -->  {"select": {"from": "people", "where": {"Eq": ["id", {"Param": 0}]}}}  and  [7]

Questions that differ in constants alone are one statement, and so are updates and deletes.
Statements are known by their text, and the engine's handle of each is kept for as long as the
database is open. An engine that has taken the place of one that failed does not know the handle;
the statement is prepared once more.
"""

import functools
from typing import Any

from wasidb.errors import NotOpen
from wasidb.rows import dump
from wasidb.runtime.engine import Engine
from wasidb_schema import Table
from wasidb_schema.cells import Cell

KEPT_MAX = 256
LISTS = ("And", "Or")
COMPARISONS = ("Eq", "Ne", "Gt", "Lt", "Ge", "Le")
LIMITS = ("limit", "offset")

Parameters = list[Any]


class Statements:
    """The statements an engine has prepared; the first `KEPT_MAX` of them stay."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._handles: dict[str, int] = {}

    def execute(self, text: str, parameters: str, transaction: int | None) -> str:
        """What a statement gives for a JSON array of parameters."""
        handle = self._handles.get(text)
        if handle is not None:
            try:
                known: str = self._engine.call("rows", "execute", handle, parameters, transaction)
                return known
            except NotOpen:
                self._handles.pop(text, None)
        handle = self._engine.call("rows", "prepare", text)
        is_kept = len(self._handles) < KEPT_MAX
        if is_kept:
            self._handles[text] = handle
        try:
            answer: str = self._engine.call("rows", "execute", handle, parameters, transaction)
            return answer
        finally:
            if not is_kept:
                self._engine.call("rows", "close-statement", handle)


@functools.lru_cache
def get_statement(model: type[Table]) -> str:
    """The statement that gives rows of a model by primary key."""
    table = model.__table__.name
    return dump({"get": {"table": table, "columns": list(model.__columns__)}})


def select_statement(select: dict[str, Any]) -> tuple[str, Parameters]:
    """A select as the text of a statement, and the constants taken out of it."""
    parameters: Parameters = []
    outside = dict(select)
    if "where" in outside:
        outside["where"] = without_constants(outside["where"], parameters)
    for key in LIMITS:
        if key in outside:
            outside[key] = parameter(outside[key], parameters)
    return dump({"select": outside}), parameters


def update_statement(
    table: str, changes: dict[str, Cell], where: dict[str, Any] | None
) -> tuple[str, Parameters]:
    """An update as the text of a statement, and the cells and constants taken out of it."""
    parameters: Parameters = []
    cells = {name: parameter(cell, parameters) for name, cell in changes.items()}
    update = {"table": table, "changes": cells, **filter_of(where, parameters)}
    return dump({"update": update}), parameters


def delete_statement(
    table: str, behavior: str, where: dict[str, Any] | None
) -> tuple[str, Parameters]:
    """A delete as the text of a statement, and the constants taken out of it."""
    parameters: Parameters = []
    delete = {"table": table, "behavior": behavior, **filter_of(where, parameters)}
    return dump({"delete": delete}), parameters


def filter_of(where: dict[str, Any] | None, parameters: Parameters) -> dict[str, Any]:
    """The member of a statement that says which rows."""
    return {} if where is None else {"where": without_constants(where, parameters)}


def without_constants(where: dict[str, Any], parameters: Parameters) -> dict[str, Any]:
    """A filter with parameters in the place of the constants that comparisons have."""
    ((operator, operands),) = where.items()
    if operator in COMPARISONS:
        column, constant = operands
        return {operator: [column, parameter(constant, parameters)]}
    if operator == "In":
        column, constants = operands
        return {operator: [column, [parameter(each, parameters) for each in constants]]}
    if operator in LISTS:
        return {operator: [without_constants(each, parameters) for each in operands]}
    return {"Not": without_constants(operands, parameters)} if operator == "Not" else where


def parameter(value: Any, parameters: Parameters) -> dict[str, int]:
    """A parameter in the place of a value."""
    parameters.append(value)
    return {"Param": len(parameters) - 1}
