"""`wasidb inspect`: what is in a database file, its tables and a map of its pages.

R A U s s p f █ █ █ █ i i · ...        one character a page, a colour for each table
"""

import io
from collections import Counter
from dataclasses import asdict
from itertools import cycle, groupby
from pathlib import Path
from typing import Annotated

import rich.box
import rich.table
import typer
from rich.columns import Columns
from rich.console import Console, Group
from rich.text import Text

import wasidb
from wasidb.cli.command import AsJson, File, json_text
from wasidb.errors import DataFileError
from wasidb.report import PageMap, TableReport

PAGE_SIZE = 65_536
PICTURE_WIDTH = 100

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


def inspect(
    file: File,
    as_json: AsJson = False,
    svg: Annotated[Path | None, typer.Option(help="Draw it to this SVG file.")] = None,
    html: Annotated[Path | None, typer.Option(help="Write it to this HTML file.")] = None,
) -> None:
    """Show the tables of a database file and what each of its pages is for."""
    with wasidb.open(file, read_only=True) as db:
        page_map = db.page_map()
    if svg or html:
        record(file, page_map, svg, html)
    if as_json:
        print(json_text({"path": str(file), **asdict(page_map)}))
    elif not (svg or html):
        show(file, page_map, Console())


def show(path: Path, page_map: PageMap, console: Console) -> None:
    """Prints what is in the file."""
    size = len(page_map.pages) * PAGE_SIZE / 1e6
    console.print(
        f"[bold]{path}[/bold]  {len(page_map.pages):,} pages, {size:,.1f} MB", highlight=False
    )
    console.print(tables_of(page_map))
    console.print(pages_of(page_map))


def record(path: Path, page_map: PageMap, svg: Path | None, html: Path | None) -> None:
    """Draws the same as a picture or as a page; a file that exists is written over."""
    console = Console(record=True, width=PICTURE_WIDTH, file=io.StringIO(), force_terminal=True)
    show(path, page_map, console)
    try:
        if svg:
            console.save_svg(str(svg), title=f"wasidb inspect {path.name}", clear=False)
        if html:
            console.save_html(str(html))
    except OSError as error:
        path = error.filename
        raise DataFileError(f"cannot write {path}: {error.strerror}", path=path) from error


def tables_of(page_map: PageMap) -> rich.table.Table:
    """A line for each table, and below it one for each of its indexes."""
    grid = rich.table.Table(box=rich.box.SIMPLE_HEAD)
    grid.add_column("table and indexes", no_wrap=True)
    for title in ("rows", "columns", "height", "pages", "free"):
        grid.add_column(title, justify="right")
    colours = colours_of(page_map)
    for table in page_map.tables:
        add_table(grid, table, colours[table.name])
    return grid


def add_table(grid: rich.table.Table, table: TableReport, colour: str) -> None:
    """The lines of one table."""
    pages, free = f"{table.record_pages:,}", f"{table.free_bytes / 1e3:,.0f} kB"
    grid.add_row(Text(table.name, colour), f"{table.rows:,}", f"{table.columns}", "", pages, free)
    for index in table.indexes:
        name = "  " + ", ".join(index.columns) + (" (unique)" if index.unique else "")
        grid.add_row(name, f"{index.entries:,}", "", f"{index.height}", f"{index.pages:,}", "")


def pages_of(page_map: PageMap) -> Group:
    """The map, and what its characters mean."""
    colours = colours_of(page_map)
    map_of_pages = Text(overflow="fold")
    for (page, owner), run in groupby(zip(page_map.pages, page_map.owners, strict=True)):
        symbols = SYMBOLS.get(page, UNKNOWN) * len(list(run))
        map_of_pages.append(symbols, style_of(page, owner, colours))
    legend = [
        Text.assemble((SYMBOLS.get(page, UNKNOWN), style_of(page, None, colours)), f" {page} {n:,}")
        for page, n in Counter(page_map.pages).items()
    ]
    tables = Text(" ").join(Text(table, colour) for table, colour in colours.items())
    return Group(map_of_pages, "", Columns(legend, padding=(0, 2)), tables)


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
