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
        tables = tuple(TableReport(**with_indexes(table)) for table in form["tables"])
        return cls(tuple(form["pages"]), tuple(form["owners"]), tables)


@dataclass(frozen=True, slots=True)
class TableStatistics(TableReport):
    """A table, and how many pages it has of all kinds."""

    pages: int


@dataclass(frozen=True, slots=True)
class Statistics:
    """How large a database is. `problems` counts what the engine met that is not in order."""

    pages: int
    free_pages: int
    unreferenced_pages: int
    log_bytes: int
    problems: int
    tables: tuple[TableStatistics, ...]

    @classmethod
    def from_json(cls, form: Mapping[str, Any]) -> "Statistics":
        tables = tuple(TableStatistics(**with_indexes(table)) for table in form["tables"])
        return cls(**{**form, "tables": tables})


def with_indexes(table: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a table as the engine describes it, its indexes made reports."""
    return {**table, "indexes": tuple(map(index_report, table["indexes"]))}


def index_report(form: Mapping[str, Any]) -> IndexReport:
    """An index as the engine describes it."""
    return IndexReport(**{**form, "columns": tuple(form["columns"])})


@dataclass(frozen=True, slots=True)
class SalvageReport:
    """How many rows of each table could be read from a damaged file, and what could not be."""

    rows: Mapping[str, int]
    problems: tuple[Problem, ...]

    @classmethod
    def from_json(cls, form: Mapping[str, Any]) -> "SalvageReport":
        rows = {table["name"]: table["rows"] for table in form["tables"]}
        return cls(rows, tuple(Problem(**problem) for problem in form["problems"]))
