"""What it takes to read rows, where passing over one in a scan takes 1.

Measured natively on tables of 300,000 rows: 0.035 µs a row scanned, 0.35 µs a row fetched by its
address, 1.6 µs a key looked up with a thousand others in a unique index, 9 µs a key in another one.
In the component the last two are dearer still. Only the proportions matter, and those roughly."""

from math import inf

from wasidb_guest.query.plan import Scan
from wasidb_guest.query.source import IndexSource, TableSource
from wasidb_guest.query.statistics import entry_count, row_count, rows_a_key, rows_found

FETCHED_ROW = 10
KEY_OF_UNIQUE_INDEX = 60
KEY = 400


def scan_cost(scan: Scan, table: TableSource) -> float:
    """Of a scan, by the indexes it uses."""
    if not scan.access:
        return row_count(table)
    probes = sum(len(each.probes) for each in scan.access)
    return KEY * probes + FETCHED_ROW * rows_found(table.indexes, scan.access)


def look_up_cost(index: IndexSource, width: int, keys: float, most: float) -> float:
    """Of reading the rows that have one of so many keys in the first `width` columns of an index;
    infinite if finding them alone takes more than `most`."""
    cost = keys * _key_cost(index, width)
    if cost > most:
        return inf
    return cost + FETCHED_ROW * keys * rows_a_key(index, width)


def is_worth_looking_up(index: IndexSource, width: int, keys: int) -> bool:
    """Whether so many keys are looked up sooner than a scan passes over all rows."""
    return keys * _key_cost(index, width) <= entry_count(index)


def _key_cost(index: IndexSource, width: int) -> float:
    is_unique = index.unique and width == len(index.columns)
    return KEY_OF_UNIQUE_INDEX if is_unique else KEY
