"""docs/limits.md has the limits of the code: every name, and every number."""

import re

import pytest

from tests.support.guides import ROOT
from wasidb_guest import definitions
from wasidb_guest.api import parameters
from wasidb_guest.encoding import cell_vectors, cells, json_document, json_text, snapshot
from wasidb_guest.encoding.arrow import arrays, contents
from wasidb_guest.pages import layout
from wasidb_guest.query import decimals, filter_json, relations, statement
from wasidb_guest.tables import access_control
from wasidb_guest.transactions import footprint, reads
from wasidb_memory import PAGES_MAX

PAGE = (ROOT / "docs/limits.md").read_text(encoding="utf-8")
NAMED = re.compile(r'\blimit ?= ?"([^"]+)"')
NUMBERS = {
    "pages of a file, of 64 KiB each": PAGES_MAX,
    "record pages of a table": layout.RECORD_PAGES_MAX,
    "bytes of a table's rows, all pages full": layout.RECORD_PAGES_MAX * layout.PAGE_SIZE,
    "tables of free segments of a table": layout.SEGMENT_TABLES_MAX,
    "bytes of a table definition, as stored": snapshot.SNAPSHOT_SIZE_MAX,
    "bytes of a column's definition and default, as stored": snapshot.PART_SIZE_MAX,
    "bytes of the name of a table or column": definitions.NAME_SIZE_MAX,
    "columns of an index": definitions.INDEX_COLUMN_COUNT_MAX,
    "columns of a table that number themselves": definitions.AUTOINCREMENT_COUNT_MAX,
    "bytes of an identity in the access-control list": access_control.IDENTITY_SIZE_MAX,
    "bytes of a row, padded to the alignment of its table": layout.RECORD_SLOT_MAX,
    "bytes of a text, blob, json or custom cell": cells.CELL_SIZE_MAX,
    "bytes of an index key, of all its columns": layout.KEY_SIZE_MAX,
    "levels of a json cell": json_text.DEPTH_MAX,
    "digits after the point of a decimal": decimals.SCALE_MAX,
    "levels of a statement's JSON": json_document.DEPTH_MAX,
    "levels of a filter or expression": filter_json.NESTING_MAX,
    "levels of related rows": statement.INCLUDE_DEPTH_MAX,
    "parameters of a prepared statement": parameters.NUMBER_MAX + 1,
    "rows of an Arrow record batch, coming in": arrays.BATCH_ROWS_MAX,
    "bytes of one text column of such a batch": contents.STRINGS_SIZE_MAX,
    "bytes of one column of an answer that is given as a whole": cell_vectors.VECTOR_SIZE_MAX,
    "bytes of the related rows of an answer, as JSON": relations.NESTED_SIZE_MAX,
    "bytes of changed rows that are kept to be compared with those of others": footprint.SIZE_MAX,
    "questions about a table that are kept to be asked again": reads.TESTS_MAX,
}


@pytest.mark.parametrize("what", NUMBERS)
def test_numbers_are_those_of_the_code(what: str) -> None:
    assert f"| {what} | {NUMBERS[what]:,} |" in PAGE


def test_every_limit_that_an_error_names_is_listed() -> None:
    sources = (ROOT / "guest/wasidb_guest").rglob("*.py")
    named = {name for path in sources for name in NAMED.findall(path.read_text(encoding="utf-8"))}
    assert named
    assert [name for name in sorted(named) if f"`{name}`" not in PAGE] == []
