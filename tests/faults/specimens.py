"""Sound databases of several shapes, small, in which together every structure of a file occurs.

people      foreign keys, counters, unique and composite indexes, access list, free pages
deep        keys so large that an index has three levels; equal keys on several leaves
holes       records of all sizes on several pages, with many free segments between them
types       a column of every type, also a NULL in each
logged      people, killed while the last commits were in the redo log alone
"""

import functools
import json
from collections.abc import Sequence
from dataclasses import dataclass

from tests.support.crash_disk import CrashDisk, Image
from tests.support.engine_on_memory import EngineOnMemory
from tests.support.golden_syntax import parse_definition
from wasidb_guest.api.catalog import Catalog
from wasidb_guest.api.maintenance import Maintenance
from wasidb_guest.api.rows import Rows

PEOPLE = (
    "users: id uint32 key auto, name text unique, price decimal null, born date; "
    "index born, name; index born",
    "posts: id uint32 key, author uint32 -> users.id cascade, body json null, at datetime",
)
DEEP = ("keys: id uint32 key, name text, note text null; index name",)
HOLES = ("notes: id uint32 key, body text; align 64",)
TYPES = (
    "things: id uint64 key, i8 int8 null, i16 int16 null, i32 int32 null, i64 int64 null, "
    "u8 uint8 null, u16 uint16 null, f32 float32 null, f64 float64 null, d decimal null, "
    "b boolean null, day date null, at datetime null, t text null, raw blob null, "
    "u uuid null, j json null, fixed custom:role:2 null, free custom:tags null; "
    "index d; index at, u; index i32, t",
)
THING = [
    *(-8, -16, -32, -64, 8, 16, 0.5, 0.25, "12.50", True),
    *("2024-02-29", "2024-02-29T10:30:00+01:00"),
    *("text", "AAEC", "550e8400-e29b-41d4-a716-446655440000", '{"a": [1, null]}', "BAU=", "AQID"),
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Specimen:
    """A sound file, perhaps with a redo log; `uses` says what each page is for."""

    image: Image
    uses: tuple[str, ...]


class Author:
    """Writes a new database."""

    def __init__(self, definitions: Sequence[str]) -> None:
        self.disk = CrashDisk()
        self.engine = EngineOnMemory(self.disk.memory, self.disk.log)
        self.create(*definitions)

    def create(self, *definitions: str) -> None:
        text = json.dumps([parse_definition(definition) for definition in definitions])
        Catalog(self.engine).create_tables(text)

    def insert(self, table: str, columns: str, rows: Sequence[Sequence[object]]) -> None:
        text = json.dumps({"columns": columns.split(), "rows": rows})
        Rows(self.engine).insert(table, text, None)

    def delete(self, table: str, condition: object) -> None:
        Rows(self.engine).delete(table, "cascade", json.dumps(condition), None)

    def specimen(self) -> Specimen:
        """What is on the disk now."""
        uses = json.loads(Maintenance(self.engine).page_map())["pages"]
        return Specimen(self.disk.image(), tuple(uses))

    def saved(self) -> Specimen:
        """The same with everything in the flat file."""
        self.engine.store.checkpoint()
        return self.specimen()


def people() -> Author:
    author = Author(PEOPLE)
    author.create("gone: id uint32 key")
    users = [[f"name {i}", f"{i}.5", f"2024-01-{i % 7 + 1:02}"] for i in range(20)]
    author.insert("users", "name price born", users)
    posts = [[i, i % 20 + 1, f'{{"n": {i}}}', "2024-01-15T10:30:00Z"] for i in range(40)]
    author.insert("posts", "id author body at", posts)
    author.delete("posts", {"Lt": ["id", 5]})
    Catalog(author.engine).drop_tables('["gone"]')
    for identity, tables in (("aa01", {"users": ["read", "insert"]}), ("bb", {})):
        grants = {"identity": identity, "flags": ["admin", "manage_acl"], "tables": tables}
        Maintenance(author.engine).grant(json.dumps(grants))
    return author


def deep() -> Specimen:
    author = Author(DEEP)
    keys = [f"{i % 9:02}" * 10_000 for i in range(18)]
    author.insert("keys", "id name", [[i, key] for i, key in enumerate(keys)])
    return author.saved()


def holes() -> Specimen:
    author = Author(HOLES)
    author.insert("notes", "id body", [[i, "b" * (i * 37 % 1500)] for i in range(200)])
    for first in range(0, 200, 7):
        author.delete("notes", {"Eq": ["id", first]})
    return author.saved()


def types() -> Specimen:
    author = Author(TYPES)
    names = [column["name"] for column in parse_definition(TYPES[0])["columns"]]
    rows: list[list[object]] = [[0, *[None] * len(THING)]]
    rows += [[i, *THING] for i in range(1, 12)]
    author.insert("things", " ".join(names), rows)
    author.delete("things", {"Eq": ["id", 4]})
    return author.saved()


def logged() -> Specimen:
    author = people()
    author.engine.store.checkpoint()
    author.insert("users", "name born", [["late", "2024-02-01"], ["later", "2024-02-02"]])
    author.insert("posts", "id author at", [[i, 3, "2024-01-15T10:30:00Z"] for i in range(90, 99)])
    author.create("last: id uint32 key")
    author.delete("posts", {"Lt": ["id", 9]})
    return author.specimen()


@functools.cache
def specimens() -> dict[str, Specimen]:
    """All shapes by name."""
    return {
        "people": people().saved(),
        "deep": deep(),
        "holes": holes(),
        "types": types(),
        "logged": logged(),
    }
