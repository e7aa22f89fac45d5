"""A database as lines of JSON, and what of it could not be read."""

import sys
from pathlib import Path

from wasidb.damaged import salvage
from wasidb.errors import Corrupted


def run(file: Path, to: Path, *, is_salvage: bool) -> None:
    """Writes the dump; of damage nothing is left out, unless `is_salvage` lists it instead."""
    report = salvage(file, to)
    if report.problems and not is_salvage:
        to.unlink()
        page, offset, what = report.problems[0]
        message = f"page {page}, offset {offset}: {what}; --salvage leaves out what is damaged"
        raise Corrupted(message, page=page, offset=offset, what=what)
    for page, offset, what in report.problems:
        print(f"page {page}, offset {offset}: {what}", file=sys.stderr)
    for table, rows in report.rows.items():
        print(f"{table}: {rows:,} rows")
