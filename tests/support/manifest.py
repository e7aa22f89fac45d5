"""Golden files and what their manifests say about them, in the cells of the `rows` interface.

A case is one story; its manifest lists the files that were kept of it and, for each, the tables,
rows and look-ups that must be found in it (see tests/formats/golden/README.md).
"""

import base64
import hashlib
import json
import lzma
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parents[1] / "formats/golden"
SUFFIX = ".bin.xz"
VARIABLE_TYPES = {"blob", "json", "text"}

Definition = dict[str, Any]
Row = list[Any]


@dataclass(frozen=True)
class GoldenFile:
    """One stored file and its entry in the manifest of its case."""

    name: str
    manifest: dict[str, Any]

    def __str__(self) -> str:
        return self.name.removesuffix(SUFFIX)

    @property
    def entry(self) -> dict[str, Any]:
        entry: dict[str, Any] = self.manifest["files"][self.name]
        return entry

    @property
    def case(self) -> str:
        """The name of the story: `07-updates` for `07-updates.b`."""
        return str(self).partition(".")[0]

    @property
    def is_sound(self) -> bool:
        """Whether the engine that wrote the file was right."""
        return "defect" not in self.entry

    def unpack(self, path: Path) -> bytes:
        """Write the file to `path`; gives its content."""
        content = lzma.decompress((FOLDER / self.name).read_bytes())
        assert hashlib.sha256(content).hexdigest() == self.entry["sha256"]
        path.write_bytes(content)
        return content

    def definitions(self, schema: str | None = None) -> dict[str, Definition]:
        """The manifest's table descriptions by table name: of this file, or of another schema."""
        tables = self.manifest["schemas"][schema or self.entry["schema"]]
        return {table["table"]: table for table in tables}

    def rows(self, table: str) -> list[Row]:
        """What a correct reader finds in `table`, as rows-JSON cells."""
        stored = self.entry["tables"][table]
        rows = stored.get("rows_that_should_be_there", stored.get("rows"))
        if isinstance(rows, dict):
            rows = self.manifest["steps"][rows["same_as_step"]]["rows"]
        types = [column["type"] for column in self.definitions()[table]["columns"]]
        return [
            [to_cell(type, value) for type, value in zip(types, row, strict=True)] for row in rows
        ]


@cache
def golden_cases() -> dict[str, list[GoldenFile]]:
    """The files of every case, in the order they were kept, by the name of the case."""
    manifests = {
        path.name.removesuffix(".json.xz"): json.loads(lzma.decompress(path.read_bytes()))
        for path in sorted(FOLDER.glob("*.json.xz"))
    }
    return {
        case: [GoldenFile(name, manifest) for name in sorted(manifest["files"])]
        for case, manifest in manifests.items()
    }


def golden_files() -> list[GoldenFile]:
    """Every file a manifest describes, by name."""
    return [file for files in golden_cases().values() for file in files]


def to_definition(table: dict[str, Any]) -> Definition:
    """A manifest's table as a JSON definition of ours, which says only what need be said."""
    columns = [to_column(column) for column in table["columns"]]
    implied = {column["name"] for column in columns if "unique" in column} | {table["primary_key"]}
    indexes = [index["columns"] for index in table["indexes"]]
    is_fixed = all(is_fixed_size(column) for column in table["columns"])
    return {
        "name": table["table"],
        "primary_key": table["primary_key"],
        "columns": columns,
        "indexes": [names for names in indexes if len(names) > 1 or names[0] not in implied],
        **({} if is_fixed else {"alignment": table["alignment"]}),
    }


def to_exact_definition(table: dict[str, Any]) -> Definition:
    """The same without the indexes that foreign keys bring, which the Rust engine does not make."""
    definition = to_definition(table)
    for column in definition["columns"]:
        if "references" in column:
            column["references"] = {**column["references"], "index": False}
    return definition


def to_column(column: dict[str, Any]) -> dict[str, Any]:
    """A manifest's column as one of ours."""
    flags = {
        "nullable": column["nullable"],
        "autoincrement": column["auto_increment"],
        "unique": column["unique"] and not column["primary_key"],
    }
    result = {"name": column["name"], "type": to_type(column["type"])}
    result |= {flag: True for flag, is_set in flags.items() if is_set}
    if column["foreign_key"] is not None:
        result["references"] = column["foreign_key"]
    if column["default"] is not None:
        result["default"] = next(iter(column["default"].values()))
    return result


def to_type(type: Any) -> Any:
    """A manifest's type as one of ours."""
    if not isinstance(type, dict):
        return type
    size = type["custom"]["wire_size"]
    width = {} if size == "length_prefixed" else {"width": size["fixed"]}
    return {"custom": type["custom"]["tag"], **width}


def is_fixed_size(column: dict[str, Any]) -> bool:
    """Whether all values of a manifest's column take the same number of bytes."""
    if isinstance(column["type"], dict):
        return column["type"]["custom"]["wire_size"] != "length_prefixed" and not column["nullable"]
    return column["type"] not in VARIABLE_TYPES and not column["nullable"]


def to_cell(type: Any, value: Any) -> Any:
    """A manifest value of this manifest type as the cell that `rows.select` gives."""
    if isinstance(value, dict):
        value = (value["$repeat"] * (value["$len"] // len(value["$repeat"]) + 1))[: value["$len"]]
    if value is None:
        return None
    if type == "date":
        return "{:04}-{:02}-{:02}".format(*value)
    if type == "datetime":
        *moment, offset = value
        sign, minutes = "-" if offset < 0 else "+", abs(offset)
        text = "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:06}".format(*moment)
        return f"{text}{sign}{minutes // 60:02}:{minutes % 60:02}"
    if type == "blob":
        return base64.b64encode(bytes.fromhex(value)).decode()
    if isinstance(type, dict):
        prefix = 2 if type["custom"]["wire_size"] == "length_prefixed" else 0
        return base64.b64encode(bytes.fromhex(value)[prefix:]).decode()
    return value
