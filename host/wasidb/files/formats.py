"""Which files there are, and how their names end."""

import os
from pathlib import Path
from typing import IO, Literal, TypeAlias, get_args

from wasidb.errors import DataFileError

Format: TypeAlias = Literal["csv", "jsonl", "parquet", "arrow", "arrows"]
"""`arrow` is the IPC file format, also known as Feather; `arrows` is the stream format."""

FORMATS: tuple[Format, ...] = get_args(Format)

TEXT: tuple[Format, ...] = ("csv", "jsonl")

SUFFIXES: dict[str, Format] = {
    ".csv": "csv",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".parquet": "parquet",
    ".arrow": "arrow",
    ".feather": "arrow",
    ".arrows": "arrows",
}

File: TypeAlias = Path | IO[bytes]
"""Where rows come from or go to: a path, or a stream such as standard input."""

NamedFile: TypeAlias = str | os.PathLike[str] | IO[bytes]
"""The same as users give it."""


def file_of(named: NamedFile) -> File:
    """The file that a user has named."""
    return Path(named) if isinstance(named, str | os.PathLike) else named


def format_of(file: File, named: str | None = None) -> Format:
    """The format that somebody has named, else the one that the name of the file ends with."""
    suffix = file.suffix if isinstance(file, Path) else ""
    found = named or SUFFIXES.get(suffix.lower())
    if found not in FORMATS:
        expected = ", ".join(FORMATS)
        message = f"{name_of(file)}: unknown format {named or suffix!r}; name one of {expected}"
        raise DataFileError(message, path=name_of(file), expected=expected)
    return found


def name_of(file: File) -> str:
    """How messages call the file."""
    return str(file) if isinstance(file, Path) else str(getattr(file, "name", "the stream"))


def not_format(format: Format, path: str, error: Exception) -> DataFileError:
    """The error of a file that is something else, or damaged."""
    return DataFileError(f"{path} is no {format} file: {error}", path=path)
