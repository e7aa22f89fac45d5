"""How the reader says no: one function for each kind of fault in a stream.

    malformed     the bytes are not an Arrow stream; names the byte of the stream
    unsupported   the bytes are a sound Arrow stream that uses something this reader leaves out
    misfit        the columns of the stream are not those that the table needs

Values that do not fit their column are refused by `Destination`, which knows table, column and row.
"""

from collections.abc import Sequence

from wasidb_guest.errors import DbmsError, InvalidValue


def malformed(what: str, position: int) -> InvalidValue:
    """The error for bytes that break the format; `position` counts from the start of the stream."""
    return InvalidValue(f"arrow stream: {what} at byte {position}", offset=position)


def unsupported(what: str) -> InvalidValue:
    """The error for a feature of the format that this reader does not read."""
    return InvalidValue(f"arrow stream: {what}")


def misfit(table: str, problems: Sequence[DbmsError]) -> DbmsError:
    """The error for all that is wrong with the columns of a stream: the only problem itself, or one
    that lists them.
    """
    if len(problems) == 1:
        return problems[0]
    messages = [problem.message for problem in problems]
    return InvalidValue(
        f"arrow stream does not fit table {table!r}: {'; '.join(messages)}",
        table=table,
        problems=messages,
    )
