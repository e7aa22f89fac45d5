"""How the reader says no: one function for each kind of fault in a stream.

    malformed     the bytes are not an Arrow stream; names the byte of the stream
    unsupported   the bytes are a sound Arrow stream that uses something this reader leaves out

Values that do not fit their column are refused by `Destination`, which knows table, column and row.
"""

from wasidb_guest.errors import InvalidValue


def malformed(what: str, position: int) -> InvalidValue:
    """The error for bytes that break the format; `position` counts from the start of the stream."""
    return InvalidValue(f"arrow stream: {what} at byte {position}", offset=position)


def unsupported(what: str) -> InvalidValue:
    """The error for a feature of the format that this reader does not read."""
    return InvalidValue(f"arrow stream: {what}")
