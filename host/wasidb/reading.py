"""The verbs that read, in whatever shape the answer is wanted.

    question = select(Flight).where(Flight.dest == "LAX")

    db.select(question)           [Flight(...), ...]         models, or named tuples
    db.select_dicts(question)     [{"id": 7, ...}, ...]
    db.select_tuples(question)    [(7, ...), ...]
    db.stream(question)           Flight(...), ...           one after the other
    db.pages(question)            [Flight(...), ...], ...    some at a time
    db.select_arrow(question)     pyarrow.Table
    db.select_pandas(question)    pandas.DataFrame
    db.select_polars(question)    polars.DataFrame

Each verb is one call of the engine; `stream` and `pages` are one for each page.
"""

import contextlib
import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

from wasidb.arguments import condition_of, iterated, table_of
from wasidb.by_key import rows_by_key
from wasidb.catalog import Catalog
from wasidb.conditions import filter_text, of_table
from wasidb.errors import ComponentFailed, ForkedProcess, NotOpen
from wasidb.query import Row, Select
from wasidb.rows import FEW_ROWS, Answer, Page, collecting_later, dump, load, page_in
from wasidb.runtime.engine import Engine
from wasidb.shapes import DICTS, OBJECTS, TUPLES, Shape
from wasidb.statements import Statements, asked, select_statement
from wasidb_schema import Condition, Table, TableDefinition

if TYPE_CHECKING:
    import pandas
    import polars

    from wasidb.arrow import ArrowTable
    from wasidb.explanation import Explanation
    from wasidb.files.formats import Format, NamedFile

Model = TypeVar("Model", bound=Table)

Pages: TypeAlias = Generator[list[Row], None, None]

Progress = Callable[[int, int | None], None]
"""Is told the rows done so far, and how many there are in all where that is known."""

PAGE_ROWS = 10_000
PAGE_ROWS_MAX = 50_000
"""Rows whose cells are there as text, at most; those of an answer that is wanted as a whole."""


class Reading(ABC):
    """Reading rows; the half of `Session` that changes nothing."""

    def __init__(self, engine: Engine, statements: Statements, catalog: Catalog) -> None:
        self._engine = engine
        self._statements = statements
        self._catalog = catalog
        self._transaction: int | None = None

    @abstractmethod
    def _check_open(self) -> None:
        """Raises NotOpen when nothing can be asked any more."""

    def _call(self, interface: str, function: str, *arguments: Any) -> Any:
        self._check_open()
        return self._engine.call(interface, function, *arguments)

    def _execute(self, statement: str, parameters: str) -> str:
        self._check_open()
        return self._statements.execute(statement, parameters, self._transaction)

    # Rows as Python objects

    def select(self, question: Select[Row]) -> list[Row]:
        """The answer to a question, as models or named tuples; see `wasidb.select`."""
        return self._shaped(question, OBJECTS)

    def select_dicts(self, question: Select[Any]) -> list[dict[str, Any]]:
        """The answer as dicts, by the names of columns; related rows are dicts in them."""
        return self._shaped(question, DICTS)

    def select_tuples(self, question: Select[Any]) -> list[tuple[Any, ...]]:
        """The answer as plain tuples; related rows are tuples in them, behind the columns."""
        return self._shaped(question, TUPLES)

    def _shaped(self, question: Select[Any], shape: Shape) -> list[Any]:
        first = self._ask(question, PAGE_ROWS_MAX)
        if "rows" in first:
            given = first["rows"]
            if len(given) <= FEW_ROWS:
                return question.outline.answer_in_rows(given, shape)
            with collecting_later():
                return question.outline.answer_in_rows(given, shape)
        pages = self._all_pages(first)
        del first  # as the columns below: what is still there is looked through for garbage
        rows: list[Any] = []
        for columns in pages:
            with collecting_later():
                rows += question.outline.answer(columns, shape)
                del columns
        return rows

    def stream(self, question: Select[Row], *, page_rows: int = PAGE_ROWS) -> Generator[Row]:
        """The rows that `select` gives, one by one; the host holds `page_rows` of them at a time.

        They are those of the moment when the first one was asked for, whatever is changed since.
        """
        with contextlib.closing(self.pages(question, page_rows=page_rows)) as pages:
            for page in pages:
                yield from page

    def pages(self, question: Select[Row], *, page_rows: int = PAGE_ROWS) -> Pages[Row]:
        """The rows that `select` gives, in lists of `page_rows`; see `stream`."""
        for columns in self._pages_of_cells(question, page_rows):
            yield question.outline.answer(columns)

    def _pages_of_cells(self, question: Select[Any], page_rows: int) -> Iterator[Page]:
        """The engine's cells of an answer, a page at a time."""
        return self._all_pages(self._ask(question, page_rows))

    def _ask(self, question: Select[Any], page_rows: int) -> Answer:
        """What the engine answers, as a whole or up to the first of these pages."""
        answer: Answer = load(self._execute(*select_statement(question, page_rows)))
        return answer

    def _all_pages(self, first: Answer) -> Iterator[Page]:
        """The cells of the first page, and then those of its cursor."""
        page, cursor = page_in(first)
        del first
        pages = [page]
        del page
        try:
            yield pages.pop()  # which is the caller's alone
            while cursor is not None and (text := self._call("rows", "fetch", cursor)) is not None:
                yield page_in(load(text))[0]
        finally:
            if cursor is not None:
                with contextlib.suppress(ComponentFailed, ForkedProcess, NotOpen):
                    self._call("rows", "close-cursor", cursor)

    # Rows as columns

    def select_arrow(self, question: Select[Any]) -> "ArrowTable":
        """The answer to a question as a pyarrow Table, for pandas, polars and duckdb to compute on.

        Its columns are the fields of `select`'s rows; related rows are JSON text.
        """
        from wasidb import arrow  # pyarrow takes 0.2 s to import, and few programs need it

        exchange = self._engine.exchange
        path = exchange.new_path(".arrow")
        try:
            statement = asked(question).statement_text()
            self._call(
                "columns", "select-file", statement, exchange.name_of(path), self._transaction
            )
            return arrow.mapped_table(path, question.outline.places, question.outline.names)
        finally:
            path.unlink(missing_ok=True)

    def select_pandas(self, question: Select[Any]) -> "pandas.DataFrame":
        """The answer as a pandas DataFrame, whose columns are of pandas' Arrow types.

        So integers stay integers beside NULL, and decimals and date-times what they are. Needs
        pandas.
        """
        from wasidb import frames  # which imports pyarrow

        return frames.pandas_frame(self.select_arrow(question))

    def select_polars(self, question: Select[Any]) -> "polars.DataFrame":
        """The answer as a polars DataFrame; json as text, uuid as bytes. Needs polars."""
        from wasidb import frames  # which imports pyarrow

        return frames.polars_frame(self.select_arrow(question))

    def select_file(
        self,
        question: Select[Any],
        file: "NamedFile",
        *,
        format: "Format | None" = None,
        delimiter: str | None = None,
        progress: Progress | None = None,
    ) -> int:
        """Writes the answer to a question to a new CSV, JSON lines, Parquet or Arrow file.

        Without `format` the suffix of the path decides, and `.gz` behind that of a text file; a
        stream has none. `delimiter` is what a CSV file has between cells, by default a comma or, in
        `.tsv`, a tab. As text it is written a page at a time; the other formats have the whole of
        it in memory once, as `select_arrow` does. Gives the number of rows.
        """
        # pyarrow takes 0.2 s to import
        from wasidb.files import delimiter_of, file_of, format_of, writing

        target = file_of(file)
        return writing.write_answer(
            asked(question),
            target,
            format_of(target, format),
            pages=lambda: self._pages_of_cells(question, PAGE_ROWS),
            table=lambda: self.select_arrow(question),
            delimiter=delimiter_of(target, delimiter),
            progress=progress,
        )

    # Rows by key, and how many there are

    def get(self, model: type[Model], key: Any) -> Model | None:
        """The row with this primary key, or None."""
        rows = rows_by_key(model)
        answer = self._execute(rows.statement, rows.parameters([key]))
        found: Model | None = rows.model(answer)
        return found

    def get_many(self, model: type[Model], keys: Iterable[Any]) -> list[Model | None]:
        """The row of each primary key, None for one that no row has.

        A key of several columns is a tuple.
        """
        rows = rows_by_key(model)
        given = list(iterated(keys, "primary keys"))
        answer = self._execute(rows.statement, rows.parameters(given))
        return rows.models(answer)

    def count(self, model: type[Table], where: Condition | bool | None = None, /) -> int:
        """For how many rows `where` holds; how many there are when it is None."""
        rows: int = self._ask_about("count", model, where)
        return rows

    def exists(self, model: type[Table], where: Condition | bool | None = None, /) -> bool:
        """Whether there is a row for which `where` holds."""
        found: bool = self._ask_about("exists", model, where)
        return found

    def _ask_about(self, function: str, model: type[Table], where: Condition | bool | None) -> Any:
        table = table_of(model).name
        filter = None if where is None else filter_text(condition_of(where), of_table(table))
        return self._call("rows", function, table, filter, self._transaction)

    # What is asked, and of what

    def explain(
        self, question: Select[Any] | Mapping[str, Any], *, analyze: bool = False
    ) -> "Explanation":
        """How a question, or a select statement as a dict, is answered; print it to read it.

        With `analyze` it is asked, and each step says what it gave and took.
        """
        from wasidb.explanation import Explanation

        if isinstance(question, Mapping):
            statement = dump(question)
        else:
            statement = asked(question).statement_text()
        text = self._call("rows", "explain", statement, analyze, self._transaction)
        return Explanation.from_json(json.loads(text))

    def tables(self) -> list[TableDefinition]:
        """What the tables are, by name."""
        self._check_open()
        return self._catalog.tables()

    def table(self, name: str) -> TableDefinition:
        """What the table of that name is."""
        self._check_open()
        return self._catalog.table(name)
