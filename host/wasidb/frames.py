"""Arrow tables as the data frames of pandas and polars.

Neither package has to be installed for anything else, so each is imported where it is used.
"""

from typing import TYPE_CHECKING

from wasidb.errors import InvalidValue

if TYPE_CHECKING:
    import pandas
    import polars

    from wasidb.arrow import ArrowTable


def pandas_frame(table: "ArrowTable") -> "pandas.DataFrame":
    """A frame of pandas' Arrow types, which hold every value and NULL as they are."""
    import pandas

    return table.to_pandas(types_mapper=pandas.ArrowDtype)


def polars_frame(table: "ArrowTable") -> "polars.DataFrame":
    """A frame of polars' own types: json as text, uuid as its 16 bytes.

    Raises InvalidValue for decimals that take more than 38 digits, for which polars has no type.
    """
    import polars

    for place, field in enumerate(table.schema):
        if str(field.type).startswith("decimal256"):
            message = f"column {field.name!r} has decimals of more than 38 digits, polars has none"
            raise InvalidValue(message, column=field.name, expected="decimal128")
        storage = getattr(field.type, "storage_type", None)  # of extension types
        if storage is not None:
            table = table.set_column(place, field.name, table.column(place).cast(storage))
    return polars.DataFrame(table)
