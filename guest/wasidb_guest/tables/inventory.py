"""What every page of a file is for.

An `Inventory` notes which page belongs to what, how large everything is, and every problem met on
the way; `tables.tour` fills it from the registry down:

    registry 0 ─ acl 1 ─ unclaimed 2 ─ for each table: snapshot, ledgers, segment tables, record
    pages, index nodes

A page has one use; a second one is a problem. Pages that nothing leads to are `unreferenced`:
harmless, and lost until the file is rewritten.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from wasidb_guest.definitions import IndexDefinition
from wasidb_guest.errors import Corrupted
from wasidb_guest.pages.layout import ACCESS_CONTROL_PAGE, SCHEMA_REGISTRY_PAGE, UNCLAIMED_PAGE


@dataclass(slots=True)
class Problem:
    """An invariant that does not hold, and where."""

    page: int
    offset: int
    what: str


@dataclass(slots=True)
class IndexSummary:
    """The size of one index."""

    definition: IndexDefinition
    pages: int = 0
    entries: int = 0
    height: int = 0


@dataclass(slots=True)
class TableSummary:
    """The size of one table; `free_bytes` lie in its record pages."""

    name: str
    columns: int
    rows: int = 0
    record_pages: int = 0
    free_bytes: int = 0
    indexes: list[IndexSummary] = field(default_factory=list)


class Inventory:
    """The use and owner of each page, the tables, and the problems found."""

    def __init__(self, page_count: int) -> None:
        self.uses = ["unreferenced"] * page_count
        self.owners: list[str | None] = [None] * page_count
        self.tables: list[TableSummary] = []
        self.problems: list[Problem] = []
        self.claim(SCHEMA_REGISTRY_PAGE, "registry", None)
        self.claim(ACCESS_CONTROL_PAGE, "acl", None)
        self.claim(UNCLAIMED_PAGE, "unclaimed", None)

    def claim(self, page: int, use: str, owner: str | None) -> bool:
        """Note what a page is for; False, and a problem, if it does not exist or has a use."""
        if not 0 <= page < len(self.uses):
            self.problem(page, 0, f"{use} page lies outside the file of {len(self.uses)} pages")
        elif self.uses[page] != "unreferenced":
            self.problem(page, 0, f"page is used as {use} and as {self.uses[page]}")
        else:
            self.uses[page], self.owners[page] = use, owner
            return True
        return False

    def problem(self, page: int, offset: int, what: str) -> None:
        """Note an invariant that does not hold."""
        self.problems.append(Problem(page, offset, what))

    @contextmanager
    def noting_damage(self) -> Iterator[None]:
        """Do something that damage may end; the damage is noted, and life goes on."""
        try:
            yield
        except Corrupted as damage:
            self.damage(damage)

    def damage(self, error: Corrupted) -> None:
        """Note what kept something from being read."""
        page, offset = error.details["page"], error.details["offset"]
        assert isinstance(page, int)
        assert isinstance(offset, int)
        self.problem(page, offset, str(error.details["what"]))
