"""What is in a database file: its tables, and a map of its pages.

R A U s s p f █ █ █ █ i i · ...        one character a page, a colour for each table
"""

import json
from collections import Counter
from dataclasses import asdict
from itertools import cycle
from pathlib import Path

import rich.table
from rich.console import Console, Group
from rich.text import Text

from wasidb.database import open_database
from wasidb.report import IndexReport, PageMap, TableReport

PAGE_SIZE = 65_536

SYMBOLS = {
    "registry": "R",
    "acl": "A",
    "unclaimed": "U",
    "snapshot": "S",
    "page-ledger": "L",
    "free-segments": "F",
    "segment-table": "f",
    "index-ledger": "X",
    "autoincrement": "N",
    "record": "█",
    "index": "▒",
    "free": "·",
    "unreferenced": "?",
}
UNKNOWN = "!"
TABLE_COLOURS = ("cyan", "green", "yellow", "magenta", "blue", "bright_red", "bright_green")
SYSTEM_STYLE, FREE_STYLE, LOST_STYLE = "bold white", "dim", "bold red"


def show(path: Path, console: Console, *, as_json: bool) -> None:
    """Prints what is in the file."""
    with open_database(path, read_only=True) as db:
        page_map = db.page_map()
    if as_json:
        console.print_json(json.dumps({"path": str(path), **asdict(page_map)}))
    else:
        size = len(page_map.pages) * PAGE_SIZE / 1e6
        console.print(f"[bold]{path}[/bold]  {len(page_map.pages):,} pages, {size:,.1f} MB")
        console.print(tables_of(page_map))
        console.print(pages_of(page_map))


def tables_of(page_map: PageMap) -> rich.table.Table:
    """A line for each table and each of its indexes."""
    grid = rich.table.Table()
    grid.add_column("table")
    for title in ("rows", "columns", "pages", "free"):
        grid.add_column(title, justify="right")
    grid.add_column("index")
    for title in ("entries", "pages", "height"):
        grid.add_column(title, justify="right")
    colours = colours_of(page_map)
    for table in page_map.tables:
        add_table(grid, table, colours[table.name])
    return grid


def add_table(grid: rich.table.Table, table: TableReport, colour: str) -> None:
    """The lines of one table."""
    name = Text(table.name, style=colour)
    pages, free = f"{table.record_pages:,}", f"{table.free_bytes / 1e3:,.0f} kB"
    lines = [index_cells(index) for index in table.indexes] or [("",)]
    grid.add_row(name, f"{table.rows:,}", f"{table.columns}", pages, free, *lines[0])
    for line in lines[1:]:
        grid.add_row("", "", "", "", "", *line)
    grid.add_section()


def index_cells(index: IndexReport) -> tuple[str, ...]:
    """What is told of an index."""
    name = ", ".join(index.columns) + (" (unique)" if index.unique else "")
    return name, f"{index.entries:,}", f"{index.pages:,}", f"{index.height}"


def pages_of(page_map: PageMap) -> Group:
    """The map, and what its characters mean."""
    colours = colours_of(page_map)
    map_of_pages = Text(overflow="fold")
    for page, owner in zip(page_map.pages, page_map.owners, strict=True):
        map_of_pages.append(SYMBOLS.get(page, UNKNOWN), style_of(page, owner, colours))
    legend = Text()
    for page, count in Counter(page_map.pages).items():
        legend.append(SYMBOLS.get(page, UNKNOWN), style_of(page, None, colours))
        legend.append(f" {page} {count:,}   ")
    for table, colour in colours.items():
        legend.append(f"{table} ", colour)
    return Group(map_of_pages, "", legend)


def style_of(page: str, owner: str | None, colours: dict[str, str]) -> str:
    """How a page is drawn: in the colour of its table, or by its kind."""
    if page == "unreferenced" or page not in SYMBOLS:
        return LOST_STYLE
    if page == "free":
        return FREE_STYLE
    return colours.get(owner, SYSTEM_STYLE) if owner else SYSTEM_STYLE


def colours_of(page_map: PageMap) -> dict[str, str]:
    """A colour for each table."""
    return dict(zip((table.name for table in page_map.tables), cycle(TABLE_COLOURS), strict=False))
