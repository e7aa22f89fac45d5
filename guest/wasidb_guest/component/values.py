"""Typed values of the contract and the plain ones of `api.typed_values`: ("u32-val", 7) and
`Value_U32Val(7)`.
"""

from typing import Any

from wit_world.imports import types

from wasidb_guest.api.typed_values import Value
from wasidb_guest.query.statement import Function

CASES: dict[str, Any] = {
    "bool-val": types.Value_BoolVal,
    "u8-val": types.Value_U8Val,
    "u16-val": types.Value_U16Val,
    "u32-val": types.Value_U32Val,
    "u64-val": types.Value_U64Val,
    "i8-val": types.Value_I8Val,
    "i16-val": types.Value_I16Val,
    "i32-val": types.Value_I32Val,
    "i64-val": types.Value_I64Val,
    "text-val": types.Value_TextVal,
    "blob-val": types.Value_BlobVal,
    "decimal-val": types.Value_DecimalVal,
    "date-val": types.Value_DateVal,
    "datetime-val": types.Value_DatetimeVal,
    "json-val": types.Value_JsonVal,
    "uuid-val": types.Value_UuidVal,
}
NAMES: dict[type, str] = {case: name for name, case in CASES.items()}

FUNCTIONS: dict[type, Function] = {
    types.AggregateFunction_Count: "count",
    types.AggregateFunction_Sum: "sum",
    types.AggregateFunction_Avg: "avg",
    types.AggregateFunction_Min: "min",
    types.AggregateFunction_Max: "max",
}
RESULTS: dict[str, Any] = {
    "sum": types.AggregatedValue_Sum,
    "avg": types.AggregatedValue_Avg,
    "min": types.AggregatedValue_Min,
    "max": types.AggregatedValue_Max,
}


def to_plain(value: types.Value) -> Value:
    """A value as a pair of its case and its payload."""
    if isinstance(value, types.Value_NullVal):
        return "null-val", None
    if isinstance(value, types.Value_CustomVal):
        custom = value.value
        return "custom-val", (custom.type_tag, custom.encoded, custom.display)
    return NAMES[type(value)], value.value


def from_plain(value: Value) -> types.Value:
    """The value for a case and a payload."""
    case, payload = value
    if case == "null-val":
        return types.Value_NullVal()
    if case == "custom-val":
        return types.Value_CustomVal(types.CustomValue(*payload))
    typed: types.Value = CASES[case](payload)
    return typed


def result_from_plain(function: str, result: Any) -> types.AggregatedValue:
    """What an aggregate function gave: a number for count, a plain value for the others."""
    if function == "count":
        return types.AggregatedValue_Count(result)
    typed: types.AggregatedValue = RESULTS[function](from_plain(result))
    return typed
