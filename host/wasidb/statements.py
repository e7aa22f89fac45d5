"""Prepared statements: the engine reads each question once, however often it is asked.

    {"from": "people", "where": {"Eq": ["id", 7]}}
        -->  {"pages": {"rows": 50000,
                        "select": {"from": "people", "where": {"Eq": ["id", {"Param": 0}]}}}}, [7]

Questions that differ in constants alone are one statement, and so are updates and deletes.
Statements are known by their text, and the engine's handles of the last ones are kept. An engine
that has taken the place of one that failed does not know the handle; the statement is prepared once
more.
"""

from functools import lru_cache, partial
from typing import Any

from wasidb.arguments import unexpected
from wasidb.conditions import Literal, filter_text, literal, of_table, quoted
from wasidb.errors import NotOpen
from wasidb.query import Select
from wasidb.rows import dump, dump_cells
from wasidb.runtime.engine import Engine
from wasidb_schema import Column, Condition
from wasidb_schema.cells import Cell
from wasidb_schema.expressions import Comparison, Operand

KEPT_MAX = 1_024
KEPT_SIZE = 1 << 20
"""Characters of all statements that are kept; the engine takes some ten times as many bytes."""

PARAMETERS_MAX = 65_536
"""Of a statement in the engine."""

Parameters = list[Literal]


class Statements:
    """The statements an engine has prepared; the last `KEPT_MAX` of them stay, if that is no more
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
        self._handles[text] = handle = self._engine.call("rows", "prepare", text)
        try:
            answer: str = self._engine.call("rows", "execute", handle, parameters, transaction)
            return answer
        finally:
            while len(self._handles) > KEPT_MAX or self._size() > KEPT_SIZE:
                oldest = self._handles.pop(next(iter(self._handles)), None)
                if oldest is not None:  # or another thread has taken it
                    self._engine.call("rows", "close-statement", oldest)

    def _size(self) -> int:
        """Characters of the statements that are kept."""
        return sum(map(len, self._handles))


def asked(question: Select[Any]) -> Select[Any]:
    """`question`, which must be one."""
    if isinstance(question, Select):
        return question
    raise unexpected("a question such as select(Flight)", question)


def select_statement(question: Select[Any], page_rows: int) -> tuple[str, str]:
    """A select as the text of a statement that gives `page_rows` rows at a time, and the constants
    taken out of it as a JSON array.
    """
    condition = asked(question).condition
    is_whole = question.row_limit is None and question.row_offset is None
    if is_whole and type(condition) is Comparison and type(condition.operand) is Column:
        return comparison_statement(question, condition, condition.operand, page_rows)
    return written(question, page_rows)


def comparison_statement(
    question: Select[Any], condition: Comparison, column: Column, page_rows: int
) -> tuple[str, str]:
    """The same of a question with nothing but the comparison of a column: whatever that is compared
    with, the text is the same, and is kept.
    """
    compared = condition.operator, column.table, column.name, page_rows
    text = question.outline.comparisons.get(compared)
    value = condition.value
    if text is None or isinstance(value, Operand):
        text, parameters = written(question, page_rows)
        question.outline.comparisons[compared] = text
        return text, parameters
    return text, dump_cells([literal(column, value)])


def written(question: Select[Any], page_rows: int) -> tuple[str, str]:
    """The same of any question."""
    parameters: Parameters = []
    text = question.statement_text(partial(parameter, parameters))
    return f'{{"pages":{{"rows":{page_rows},"select":{text}}}}}', dump_cells(parameters)


def update_statement(
    table: str, changes: dict[str, Cell], where: Condition | None
) -> tuple[str, str]:
    """An update as the text of a statement, and the cells and constants taken out of it as a JSON
    array.
    """
    parameters: Parameters = []
    cells = ",".join(
        [f"{quoted(name)}:{parameter(parameters, cell)}" for name, cell in changes.items()]
    )
    filter = filter_of(table, where, parameters)
    text = f'{{"update":{{"table":{quoted(table)},"changes":{{{cells}}}{filter}}}}}'
    return text, dump_cells(parameters)


def delete_statement(table: str, behavior: str, where: Condition | None) -> tuple[str, str]:
    """A delete as the text of a statement, and the constants taken out of it as a JSON array."""
    parameters: Parameters = []
    filter = filter_of(table, where, parameters)
    text = f'{{"delete":{{"table":{quoted(table)},"behavior":"{behavior}"{filter}}}}}'
    return text, dump_cells(parameters)


def filter_of(table: str, where: Condition | None, parameters: Parameters) -> str:
    """The member of a statement that says which rows, behind others."""
    if where is None:
        return ""
    if type(where) is Comparison and type(where.operand) is Column:
        column, value = where.operand, where.value
        if column.table == table and not isinstance(value, Operand):
            placed = parameter(parameters, literal(column, value))
            return comparison_text(where.operator, column.name, placed)
    return f',"where":{filter_text(where, of_table(table), partial(parameter, parameters))}'


@lru_cache(maxsize=256)
def comparison_text(operator: str, column: str, placed: str) -> str:
    """The same for the comparison of a column: most changes are of the row that has a key."""
    return f',"where":{{"{operator}":[{quoted(column)},{placed}]}}'


def parameter(parameters: Parameters, value: Literal) -> str:
    """A parameter in the place of a value; the value itself where no more are possible."""
    if len(parameters) == PARAMETERS_MAX:
        return dump(value)
    parameters.append(value)
    return f'{{"Param":{len(parameters) - 1}}}'
