"""Golden files and what their manifests say about them, in the cells of the `rows` interface.

A case is one story; its manifest lists the files that were kept of it and, for each, the tables,
rows and look-ups that must be found in it (see tests/formats/golden/README.md).
"""

import base64
import gzip
import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parents[1] / "formats/golden"

Definition = dict[str, Any]
Row = list[Any]


@dataclass(frozen=True)
class GoldenFile:
    """One stored file and its entry in the manifest of its case."""

    name: str
    manifest: dict[str, Any]

    def __str__(self) -> str:
        return self.name.removesuffix(".bin.gz")

    @property
    def entry(self) -> dict[str, Any]:
        entry: dict[str, Any] = self.manifest["files"][self.name]
        return entry

    @property
    def is_sound(self) -> bool:
        """Whether the engine that wrote the file was right."""
        return "defect" not in self.entry

    def unpack(self, path: Path) -> bytes:
        """Write the file to `path`; gives its content."""
        content = gzip.decompress((FOLDER / self.name).read_bytes())
        assert hashlib.sha256(content).hexdigest() == self.entry["sha256"]
        path.write_bytes(content)
        return content

    def definitions(self) -> dict[str, Definition]:
        """The manifest's table descriptions by table name."""
        return {table["table"]: table for table in self.manifest["schemas"][self.entry["schema"]]}

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


def golden_files() -> list[GoldenFile]:
    """Every stored file, by name."""
    manifests = [
        json.loads(gzip.decompress(path.read_bytes())) for path in FOLDER.glob("*.json.gz")
    ]
    files = [GoldenFile(name, manifest) for manifest in manifests for name in manifest["files"]]
    return sorted(files, key=str)


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
