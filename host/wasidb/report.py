"""What the engine says about a database file: its problems, and what each page is for."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple


class Problem(NamedTuple):
    """A violated invariant of the file."""

    page: int
    offset: int
    what: str


@dataclass(frozen=True, slots=True)
class IndexReport:
    """An index: how many entries on how many pages, and how many levels to the leaves."""

    columns: tuple[str, ...]
    unique: bool
    pages: int
    entries: int
    height: int


@dataclass(frozen=True, slots=True)
class TableReport:
    """A table: what it holds, and how many bytes of its record pages are free."""

    name: str
    rows: int
    columns: int
    record_pages: int
    free_bytes: int
    indexes: tuple[IndexReport, ...]


@dataclass(frozen=True, slots=True)
class PageMap:
    """For every page of the file: the word for its kind, and the table it belongs to, if any."""

    pages: tuple[str, ...]
    owners: tuple[str | None, ...]
    tables: tuple[TableReport, ...]

    @classmethod
    def from_json(cls, form: Mapping[str, Any]) -> "PageMap":
        tables = [
            TableReport(**{**table, "indexes": tuple(map(index_report, table["indexes"]))})
            for table in form["tables"]
        ]
        return cls(tuple(form["pages"]), tuple(form["owners"]), tuple(tables))


def index_report(form: Mapping[str, Any]) -> IndexReport:
    """An index as the engine describes it."""
    return IndexReport(**{**form, "columns": tuple(form["columns"])})
