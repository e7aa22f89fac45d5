"""Prepared statements: the engine reads each question once, however often it is asked.

    {"from": "people", "where": {"Eq": ["id", 7]}}
        -->  {"pages": {"rows": 50000,
                        "select": {"from": "people", "where": {"Eq": ["id", {"Param": 0}]}}}}, [7]

Questions that differ in constants alone are one statement, and so are updates and deletes.
Statements are known by their text, and the engine's handle of each is kept for as long as the
database is open. An engine that has taken the place of one that failed does not know the handle;
the statement is prepared once more.
"""

from functools import partial
from typing import Any

from wasidb.arguments import expected
from wasidb.conditions import Literal, Placing, filter_text, literal, of_table, quoted
from wasidb.errors import NotOpen
from wasidb.query import Select
from wasidb.rows import dump
from wasidb.runtime.engine import Engine
from wasidb_schema import Column, Condition
from wasidb_schema.cells import Cell
from wasidb_schema.expressions import Comparison, Operand

KEPT_MAX = 256
KEPT_SIZE = 1 << 20
"""Characters of all statements that are kept; the engine takes some ten times as many bytes."""

PARAMETERS_MAX = 65_536
"""Of a statement in the engine."""

Parameters = list[Literal]


class Statements:
    """The statements an engine has prepared; the first `KEPT_MAX` of them stay, if that is no more
    than `KEPT_SIZE`.
    """

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
        is_kept = len(self._handles) < KEPT_MAX and self._size() + len(text) <= KEPT_SIZE
        if is_kept:
            self._handles[text] = handle
        try:
            answer: str = self._engine.call("rows", "execute", handle, parameters, transaction)
            return answer
        finally:
            if not is_kept:
                self._engine.call("rows", "close-statement", handle)

    def _size(self) -> int:
        """Characters of the statements that are kept."""
        return sum(map(len, self._handles))


def asked(question: Select[Any]) -> Select[Any]:
    """`question`, which must be one."""
    return expected(Select, question, "a question such as select(Flight)")  # type: ignore[no-any-return]


def select_statement(question: Select[Any], page_rows: int) -> tuple[str, Parameters]:
    """A select as the text of a statement that gives `page_rows` rows at a time, and the constants
    taken out of it.
    """
    parameters: Parameters = []
    place = partial(parameter, parameters)
    condition = asked(question).condition
    is_whole = question.row_limit is None and question.row_offset is None
    if is_whole and type(condition) is Comparison:
        text = comparison_text(question, condition, place)
    else:
        text = question.statement_text(place)
    return f'{{"pages":{{"rows":{page_rows},"select":{text}}}}}', parameters


def comparison_text(question: Select[Any], condition: Comparison, place: Placing) -> str:
    """The statement of a question that asks for nothing but a comparison: of a column with a
    constant it is always the same.
    """
    operand, value = condition.operand, condition.value
    if type(operand) is not Column or isinstance(value, Operand):
        return question.statement_text(place)
    known, compared = question.frame.comparisons, (condition.operator, operand.table, operand.name)
    text = known.get(compared)
    if text is None:
        text = known[compared] = question.statement_text(place)
    else:
        place(literal(operand, value))
    return text


def update_statement(
    table: str, changes: dict[str, Cell], where: Condition | None
) -> tuple[str, Parameters]:
    """An update as the text of a statement, and the cells and constants taken out of it."""
    parameters: Parameters = []
    cells = ",".join(
        [f"{quoted(name)}:{parameter(parameters, cell)}" for name, cell in changes.items()]
    )
    filter = filter_of(table, where, parameters)
    return f'{{"update":{{"table":{quoted(table)},"changes":{{{cells}}}{filter}}}}}', parameters


def delete_statement(table: str, behavior: str, where: Condition | None) -> tuple[str, Parameters]:
    """A delete as the text of a statement, and the constants taken out of it."""
    parameters: Parameters = []
    filter = filter_of(table, where, parameters)
    text = f'{{"delete":{{"table":{quoted(table)},"behavior":"{behavior}"{filter}}}}}'
    return text, parameters


def filter_of(table: str, where: Condition | None, parameters: Parameters) -> str:
    """The member of a statement that says which rows, behind others."""
    if where is None:
        return ""
    return f',"where":{filter_text(where, of_table(table), partial(parameter, parameters))}'


def parameter(parameters: Parameters, value: Literal) -> str:
    """A parameter in the place of a value; the value itself where no more are possible."""
    if len(parameters) == PARAMETERS_MAX:
        return dump(value)
    parameters.append(value)
    return f'{{"Param":{len(parameters) - 1}}}'
