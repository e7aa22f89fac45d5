"""Which files there are, and how their names end.

flights.parquet    flights.csv    flights.tsv, CSV with tabs    flights.jsonl.gz, text in gzip
"""

import os
from pathlib import Path
from typing import IO, Literal, NamedTuple, TypeAlias, get_args

from wasidb.errors import DataFileError, InvalidValue

Format: TypeAlias = Literal["csv", "jsonl", "parquet", "arrow", "arrows"]
"""`arrow` is the IPC file format, also known as Feather; `arrows` is the stream format."""

FORMATS: tuple[Format, ...] = get_args(Format)

GZIP = ".gz"

TEXT: tuple[Format, ...] = ("csv", "jsonl")

SUFFIXES: dict[str, Format] = {
    ".csv": "csv",
    ".tsv": "csv",
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


class Dialect(NamedTuple):
    """What a CSV file has between two cells, and what it has for NULL."""

    delimiter: str = ","
    null: str = ""


COMMAS = Dialect()


def file_of(named: NamedFile) -> File:
    """The file that a user has named."""
    return Path(named) if isinstance(named, str | os.PathLike) else named


def format_of(file: File, named: str | None = None) -> Format:
    """The format that somebody has named, else the one that the name of the file ends with."""
    suffix = suffix_of(file)
    found = named or SUFFIXES.get(suffix)
    if found not in FORMATS:
        expected = ", ".join(FORMATS)
        message = f"{name_of(file)}: unknown format {named or suffix!r}; name one of {expected}"
        raise DataFileError(message, path=name_of(file), expected=expected)
    if is_gzip(file) and found not in TEXT:
        expected = " or ".join(TEXT)
        message = f"{name_of(file)}: only {expected} is read and written as gzip, not {found}"
        raise DataFileError(message, path=name_of(file), expected=expected)
    return found


def suffix_of(file: File) -> str:
    """How the name of the file ends, but for `.gz`."""
    if not isinstance(file, Path):
        return ""
    return (file.with_suffix("") if is_gzip(file) else file).suffix.lower()


def is_gzip(file: File) -> bool:
    """Whether the file is compressed, by its name."""
    return isinstance(file, Path) and file.suffix.lower() == GZIP


def delimiter_of(file: File, named: str | None) -> str:
    """What stands between the cells of a CSV file: the character that somebody has named, else a
    tab where the name of the file ends in `.tsv`, else a comma.
    """
    if named is None:
        return "\t" if suffix_of(file) == ".tsv" else ","
    if len(named) != 1 or not named.isascii() or named in '"\r\n':
        expected = "one ASCII character that is no quote and ends no line"
        message = f"the delimiter is {expected}, not {named!r}"
        raise InvalidValue(message, value=named, expected=expected)
    return named


def name_of(file: File) -> str:
    """How messages call the file."""
    return str(file) if isinstance(file, Path) else str(getattr(file, "name", "the stream"))


def not_format(format: Format, path: str, error: Exception) -> DataFileError:
    """The error of a file that is something else, or damaged."""
    return DataFileError(f"{path} is no {format} file: {error}", path=path)
