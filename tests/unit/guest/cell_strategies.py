"""Random cells of every type, in the spelling in which the engine gives them back."""

import json
from datetime import date

from hypothesis import strategies as st

from wasidb_guest import values
from wasidb_guest.encoding.cells import shortest_float32
from wasidb_guest.values import INTEGER_RANGES, DataType

ROLE = values.custom("role", 1)
PHONE = values.custom("phone")
TYPES = [*values.BUILT_IN.values(), ROLE, PHONE]

DAYS = st.dates().map(date.isoformat)


@st.composite
def datetimes(draw: st.DrawFn) -> str:
    time = draw(st.times()).isoformat(timespec="microseconds")
    minutes = draw(st.integers(-23 * 60 - 59, 23 * 60 + 59))
    hours, minutes_left = divmod(abs(minutes), 60)
    return f"{draw(DAYS)}T{time}{'-' if minutes < 0 else '+'}{hours:02}:{minutes_left:02}"


@st.composite
def decimals(draw: st.DrawFn) -> str:
    mantissa, scale = draw(st.integers(0, 2**96 - 1)), draw(st.integers(0, 28))
    sign = "-" if mantissa and draw(st.booleans()) else ""
    digits = str(mantissa).zfill(scale + 1)
    whole = len(digits) - scale
    return f"{sign}{digits[:whole]}.{digits[whole:]}" if scale else f"{sign}{digits}"


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)  # fmt: skip

CELLS: dict[str, st.SearchStrategy[object]] = {
    **{name: st.integers(low, high) for name, (low, high) in INTEGER_RANGES.items()},
    "float32": st.floats(width=32).map(lambda number: shortest_float32([number])[0]),
    "float64": st.floats(),
    "boolean": st.booleans(),
    "date": DAYS,
    "datetime": datetimes(),
    "decimal": decimals(),
    "uuid": st.uuids().map(str),
    "text": st.text(st.characters(codec="utf-8")),
    "json": JSON_VALUES.map(json.dumps),
    "blob": st.binary(max_size=40),
}


def cells_of(data_type: DataType) -> st.SearchStrategy[object]:
    """Cells other than NULL."""
    if data_type.name == "custom":
        return st.binary(min_size=data_type.width, max_size=data_type.width or 40)
    return CELLS[data_type.name]
