"""What the columns of an answer are called where each needs a name of its own.

select(flights.dest, airlines.name, airports.name)     dest, name, airports.name
"""

from typing import Any

from wasidb.query import Select
from wasidb_schema import Column


def labels(question: Select[Any]) -> list[str]:
    """A name for each column: its label, unless that is taken."""
    names: list[str] = []
    for output in question.columns:
        name = output.label
        if name in names and isinstance(output, Column):
            name = f"{output.table}.{name}"
        while name in names:
            name += "_"
        names.append(name)
    return names
