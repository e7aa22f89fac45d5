"""The tables of FORMAT.md, drawn from the structures and constants that the engine works with.

    <!-- leaf-header -->
    | offset | size | field |
    |---|---|---|
    | 0 | 1 | type, 1 |
    ...

In FORMAT.md such a comment names the table that follows it. The numbers come from the code, the
words from here.
"""

import re
from collections.abc import Iterable
from pathlib import Path
from struct import Struct, calcsize

from wasidb_guest import definitions, values
from wasidb_guest.encoding import cells, snapshot, tagged
from wasidb_guest.pages import layout, log_record, redo_log
from wasidb_guest.tables import access_control
from wasidb_guest.transactions import store

FORMAT = Path(__file__).parents[2] / "FORMAT.md"
TABLE = re.compile(r"(?<=^<!-- )([\w-]+)( -->\n)((?:\|.*\n)*)", re.MULTILINE)
FIELD = re.compile(r"\d*[a-zA-Z]")

Row = tuple[object, ...]

ENCODINGS = {
    "blob": "u16 length, bytes",
    "boolean": "0 or 1; anything else reads as true",
    "date": "u16 year, u8 month, u8 day; nothing promises that a calendar has it",
    "datetime": "a date, u8 hour, u8 minute, u8 second, u32 microsecond, "
    "i16 offset from UTC in minutes; likewise",
    "decimal": "u32 flags (bits 16-20 scale, bit 31 sign, others ignored), "
    "u32 low, u32 middle and u32 high of the mantissa",
    "json": "u16 length, JSON text in UTF-8 as it was given",
    "text": "u16 length, UTF-8",
    "uuid": "in the order of its text",
}


def table(heads: Iterable[str], rows: Iterable[Row]) -> str:
    """A table in Markdown."""
    heads = list(heads)
    head, *body = (f"| {' | '.join(map(str, cells))} |\n" for cells in (heads, *rows))
    return f"{head}|{'---|' * len(heads)}\n{''.join(body)}".replace("|  |", "| |")


def fields(structure: Struct, *names: str, behind: Iterable[Row] = (), start: int = 0) -> str:
    """Offset and size of each field of a structure, and rows for what follows it."""
    codes = FIELD.findall(structure.format)
    sizes = [calcsize("<" + code) for code in codes]
    offsets = [start + sum(sizes[:number]) for number in range(len(sizes))]
    rows = [*zip(offsets, sizes, names, strict=True), *behind]
    return table(("offset", "size", "field"), rows)


def bits(names: Iterable[tuple[str, int]]) -> str:
    """What each bit of a byte stands for: `1 nullable, 2 autoincrement`."""
    return ", ".join(f"{bit} {name}" for name, bit in names)


def value_types() -> str:
    rows = [
        (
            each.name,
            each.width or "2 + *n*",
            each.tag,
            f"{each.snapshot_tag:02x}",
            ENCODINGS.get(each.name, number_encoding(each)),
        )
        for each in sorted(values.BUILT_IN.values(), key=lambda each: each.tag)
    ]
    custom = f"{values.CUSTOM_SNAPSHOT_TAG:02x}"
    rows += [
        ("custom, fixed width", "its width", values.CUSTOM_TAG, custom, "bytes"),
        ("custom, varying width", "2 + *n*", values.CUSTOM_TAG, custom, "u16 length, bytes"),
        ("NULL", "", values.NULL_TAG, "", "see below"),
    ]
    rows.sort(key=lambda row: row[2])
    return table(("type", "size", "value tag", "type tag (hex)", "bytes"), rows)


def number_encoding(data_type: values.DataType) -> str:
    if data_type.is_float:
        return "IEEE 754; ours"
    return "two's complement" if data_type.name.startswith("int") else "unsigned"


def limits() -> str:
    """What does not fit, and why; the numbers of things a file can hold."""
    entry = layout.REGISTRY_ENTRY.size
    room = layout.PAGE_SIZE - layout.REGISTRY_HEADER.size
    alignments = definitions.ALIGNMENTS
    rows: list[Row] = [
        ("pages of a file", layout.NO_PAGE),
        ("tables, without automatic numbers", room // entry),
        ("tables, with them", room // (entry + layout.U32.size)),
        ("unclaimed pages that are remembered", layout.UNCLAIMED_PAGES_MAX),
        ("record pages of a table", layout.RECORD_PAGES_MAX),
        ("free segments in a segment table", layout.SEGMENTS_PER_TABLE),
        ("segment tables of a table", layout.SEGMENT_TABLES_MAX),
        ("bytes a free segment can state", layout.SEGMENT_SIZE_MAX),
        ("bytes of a record's body", definitions.RECORD_BODY_SIZE_MAX),
        ("bytes of a record that we write, padded", layout.RECORD_SLOT_MAX),
        ("bytes of a text, blob, json or custom value", cells.CELL_SIZE_MAX),
        ("bytes of an index key", layout.KEY_SIZE_MAX),
        ("bytes of a snapshot", snapshot.SNAPSHOT_SIZE_MAX),
        ("bytes of a name", definitions.NAME_SIZE_MAX),
        ("columns of a table", definitions.COLUMN_COUNT_MAX),
        ("columns of an index", definitions.INDEX_COLUMN_COUNT_MAX),
        ("columns of a table that number themselves", definitions.AUTOINCREMENT_COUNT_MAX),
        ("bytes of an identity", access_control.IDENTITY_SIZE_MAX),
    ]
    shown = [(what, f"{most:,}") for what, most in rows]
    stored = f"{snapshot.ALIGNMENT_MIN} to {snapshot.ALIGNMENT_MAX:,}"
    shown.append(("alignment, read", stored))
    shown.append(("alignment, written", f"powers of two, {alignments[0]} to {alignments[-1]:,}"))
    return table(("what", "at most"), shown)


def examples() -> str:
    """Stored bytes of some values."""
    date, time = "2024-02-29", "2024-01-15 10:30:45.123456 +02:00"
    moment = "{}T{}{}".format(*time.split())
    text = cells.encode_cell(values.TEXT, "héllo")
    rows = [
        ("int16 -300", cells.encode_cell(values.INT16, -300)),
        (f"date {date}", cells.encode_cell(values.DATE, date)),
        (f"datetime {time}", cells.encode_cell(values.DATETIME, moment)),
        ("decimal -123.45", cells.encode_cell(values.DECIMAL, "-123.45")),
        ('text "héllo"', layout.U16.pack(len(text)) + text),
        ("tagged uint32 1", tagged.encode_tagged(values.UINT32, 1)),
        ("tagged NULL", tagged.encode_tagged(values.UINT32, None)),
    ]
    return table(("example", "bytes"), [(what, f"`{stored.hex(' ')}`") for what, stored in rows])


KEY = "u16 size and bytes of the key"
TABLES = {
    "registry-header": fields(
        layout.REGISTRY_HEADER,
        "schema hash",
        "number of tables",
        behind=[(layout.REGISTRY_HEADER.size, "...", "entries, in any order")],
    ),
    "registry-entry": fields(
        layout.REGISTRY_ENTRY,
        "fingerprint: XXH3-64 of the table's name",
        "page of the snapshot",
        "page of the page ledger",
        "page of the free-segment ledger",
        "page of the index ledger",
        "1 if an autoincrement ledger follows, else 0",
        behind=[
            (
                layout.REGISTRY_ENTRY.size,
                layout.U32.size,
                "page of the autoincrement ledger, only behind a 1",
            )
        ],
    ),
    "access-list": fields(
        Struct("<BI"),
        f"version, {access_control.VERSION}",
        "number of identities",
        behind=[(5, "...", "identities, ascending by their bytes")],
    ),
    "identity": table(
        ("offset", "size", "field"),
        [
            (0, 1, "size *n* of the identity"),
            (1, "*n*", "the identity: any bytes, even none"),
            ("1 + *n*", 1, f"flags: {bits(access_control.FLAGS.items())}"),
            (
                "2 + *n*",
                1,
                f"permissions on all tables: {bits(access_control.PERMISSIONS.items())}",
            ),
            ("3 + *n*", 2, "number of tables"),
            ("5 + *n*", "9 each", "u64 fingerprint, u8 permissions; ascending by fingerprint"),
        ],
    ),
    "value-types": value_types(),
    "value-examples": examples(),
    "page-ledger-entry": fields(
        layout.PAGE_LEDGER_ENTRY, "record page", "free bytes: those above the high-water mark"
    ),
    "segment": fields(layout.SEGMENT, "page", "offset", "size"),
    "leaf-header": fields(
        layout.LEAF_HEADER,
        f"type, {layout.LEAF}",
        "parent page, unreliable",
        "number of entries",
        "previous leaf",
        "next leaf",
        behind=[(layout.LEAF_HEADER.size, "...", f"entries: {KEY}, u32 page, u16 offset")],
    ),
    "inner-header": fields(
        layout.INNER_HEADER,
        f"type, {layout.INNER}",
        "parent page, unreliable",
        "number of entries",
        "rightmost child",
        behind=[(layout.INNER_HEADER.size, "...", f"entries: {KEY}, u32 child")],
    ),
    "limits": limits(),
    "log-header": fields(
        redo_log.HEADER,
        f"`{redo_log.MAGIC[:-1].decode()}` and the version {redo_log.MAGIC[-1]}",
        "salt, random",
        "page count of the file when the log began",
        behind=[
            (
                redo_log.HEADER.size,
                f"{redo_log.WITNESS.size} each",
                "witnesses: u32 page, u32 CRC-32C of the page",
            ),
            ("...", "1 + *n*", "size and text of the file's name"),
            (redo_log.CHECKSUM_AT, redo_log.CHECKSUM.size, "CRC-32C of the bytes before"),
        ],
    ),
    "log-record": fields(
        log_record.RECORD, "size of the body", "CRC-32C over salt, u64 number of the record, body"
    ),
    "log-body": fields(
        log_record.BODY,
        "page count after the commit",
        "new pages below this number begin as zeros",
        behind=[(log_record.BODY.size, "...", "patches, up to its end")],
    ),
    "log-patch": fields(
        log_record.PATCH,
        f"page; {log_record.ZEROS:,} more for zeros",
        "offset",
        "size - 1",
        behind=[(log_record.PATCH.size, "...", "the bytes that belong there; none for zeros")],
    ),
}

# Numbers that stand in the text.
PHRASES = [
    f"pages of {layout.PAGE_SIZE:,} bytes",
    f"the next multiple of {layout.LEDGER_ALIGNMENT}",
    f"A new file is {('no', 'one', 'two', 'three')[layout.RESERVED_PAGES]} pages of zeros",
    f"`{layout.NO_PAGE:x}` is no page",
    f"version {snapshot.VERSION}, str8 name",
    f"flags ({bits(snapshot.FLAGS)})".replace("_", " "),
    f"on delete ({bits((name, number) for name, number in snapshot.ON_DELETE.items())})",
    f"{values.CUSTOM_TAG}, u16 size and text of its tag",
    f"{layout.SEGMENT_SIZE_MAX:,} bytes, one less than it has",
    f"header of {redo_log.HEADER_SIZE} bytes",
    f"up to {redo_log.WITNESS_COUNT} witnesses",
    f"adds {redo_log.MANY_PAGES} pages or more",
    f"passes {store.LOG_SIZE_MAX >> 20} MiB",
    f"last {redo_log.NAME_SIZE_MAX} bytes of its name",
]


def with_tables(text: str) -> str:
    """The text of FORMAT.md with every table as it should be."""
    return TABLE.sub(lambda found: f"{found[1]}{found[2]}{TABLES[found[1]]}", text)
