"""Binds filters to a scope: names become positions, literals become constants of their column's
type.

Everything a filter can get wrong besides its form is refused here, before a row is read.
"""

from wasidb_guest.errors import InvalidQuery
from wasidb_guest.query import column_tests, json_tests
from wasidb_guest.query.comparable import constant_for
from wasidb_guest.query.expression import (
    And,
    Comparison,
    Condition,
    Filter,
    JsonContains,
    JsonExtract,
    JsonHasKey,
    Like,
    Membership,
    Not,
    NullTest,
    Or,
)
from wasidb_guest.query.masks import FALSE, TRUE, UNKNOWN
from wasidb_guest.query.predicates import Both, ColumnTest, Either, Opposite, Predicate
from wasidb_guest.query.scope import Scope
from wasidb_guest.values import DataType


def bind(where: Filter, scope: Scope) -> Predicate:
    """The predicate of a filter on batches with the columns of `scope`.

    UnknownColumn or TableNotFound for a name that means nothing, InvalidQuery for a literal or an
    operator that does not go with its column."""
    match where:
        case And(left, right):
            return Both(bind(left, scope), bind(right, scope))
        case Or(left, right):
            return Either(bind(left, scope), bind(right, scope))
        case Not(operand):
            return Opposite(bind(operand, scope))
        case condition:
            return _bind_condition(condition, scope)


def _bind_condition(condition: Condition, scope: Scope) -> ColumnTest:
    position = scope.position(condition.column)
    data_type = scope.columns[position].type
    match condition:
        case NullTest(_, is_null):
            return _null_test(position, is_null)
        case Comparison():
            return _bind_comparison(condition, position, data_type)
        case Membership():
            return _bind_membership(condition, position, data_type)
        case Like(column, pattern):
            _check_type(data_type, "text", column, "like")
            return ColumnTest(position, column_tests.like(pattern), UNKNOWN)
    _check_type(data_type, "json", condition.column, "a condition on JSON")
    match condition:
        case JsonContains(column, pattern):
            test = json_tests.contains_test(column, pattern)
        case JsonHasKey(column, path):
            test = json_tests.has_key_test(column, path)
        case JsonExtract():
            test = json_tests.extract_test(condition)
    return ColumnTest(position, test, UNKNOWN)


def _bind_comparison(condition: Comparison, position: int, data_type: DataType) -> ColumnTest:
    operator, literal = condition.operator, condition.literal
    if not literal.is_null:
        constant = constant_for(data_type, literal, condition.column)
        test = column_tests.comparison(data_type, operator, constant)
        return ColumnTest(position, test, UNKNOWN)
    if operator in ("Eq", "Ne"):
        return _null_test(position, operator == "Eq")
    return ColumnTest(position, column_tests.always(UNKNOWN), UNKNOWN)


def _bind_membership(condition: Membership, position: int, data_type: DataType) -> ColumnTest:
    literals = [each for each in condition.literals if not each.is_null]
    constants = [constant_for(data_type, each, condition.column) for each in literals]
    has_null = len(literals) < len(condition.literals)
    # Nothing is in an empty list, not even NULL: there is nothing it could turn out to be.
    null_outcome = TRUE if has_null else UNKNOWN if literals else FALSE
    return ColumnTest(position, column_tests.membership(constants), null_outcome)


def _null_test(position: int, is_null: bool) -> ColumnTest:
    return ColumnTest(position, column_tests.always(not is_null), is_null)


def _check_type(data_type: DataType, wanted: str, column: str, what: str) -> None:
    if data_type.name != wanted:
        message = f"column {column!r} is {data_type}: {what} needs a {wanted} column"
        raise InvalidQuery(message, column=column, expected=wanted)
