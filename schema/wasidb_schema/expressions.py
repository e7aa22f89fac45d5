"""Conditions, orders and aggregates over columns, as values.

    (Flight.dep_delay > 30) & Flight.dest.in_(["SFO", "LAX"])

    And(Comparison("Gt", dep_delay, 30), InList(dest, ("SFO", "LAX")))

Nothing here runs or compiles anything: `wasidb.query` turns these into what the engine reads.
Operators are named as in the engine's filters. `==` and `!=` with None ask for NULL, because a
comparison with NULL is never true.

To a type checker `Flight.dest` is a column where the model declares `dest: Mapped[str]`; where it
declares `dest: str`, it is a str, and `column(Flight.dest)` says what it is.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Generic, overload

from typing_extensions import TypeVar

from wasidb_schema.cells import CODECS, Codec

Value = TypeVar("Value", default=Any)


class Condition:
    """Something that holds for a row or does not. Nothing keeps one from being changed, because
    that would treble the time that it takes to make one: every look-up does.
    """

    __slots__: tuple[str, ...] = ()

    def __repr__(self) -> str:
        parts = (f"{name}={getattr(self, name)!r}" for name in self.__slots__)
        return f"{type(self).__name__}({', '.join(parts)})"

    def __and__(self, other: "Condition") -> "And":
        return And(self, condition(other))

    def __or__(self, other: "Condition") -> "Or":
        return Or(self, condition(other))

    def __invert__(self) -> "Not":
        return Not(self)

    def __bool__(self) -> bool:
        raise TypeError("a condition has no truth value; combine conditions with &, | and ~")


if TYPE_CHECKING:

    class NoCondition:
        """What type checkers make of a column compared with a value that it cannot hold."""


class Operand(Generic[Value]):
    """What can be compared with a `Value`: a column, or an aggregate."""

    __hash__ = object.__hash__

    # A checker that finds no `__eq__` for a value of another type takes that of the value, which is
    # fine with anything. So there is one, and what it gives is no condition.

    @overload  # type: ignore[override]
    def __eq__(self, value: "Value | Operand | None") -> Condition: ...

    @overload
    def __eq__(self, value: object) -> "NoCondition": ...

    def __eq__(self, value: object) -> object:
        return NullTest("IsNull", self) if value is None else Comparison("Eq", self, value)

    @overload  # type: ignore[override]
    def __ne__(self, value: "Value | Operand | None") -> Condition: ...

    @overload
    def __ne__(self, value: object) -> "NoCondition": ...

    def __ne__(self, value: object) -> object:
        return NullTest("NotNull", self) if value is None else Comparison("Ne", self, value)

    def __gt__(self, value: "Value | Operand") -> "Comparison":
        return Comparison("Gt", self, value)

    def __ge__(self, value: "Value | Operand") -> "Comparison":
        return Comparison("Ge", self, value)

    def __lt__(self, value: "Value | Operand") -> "Comparison":
        return Comparison("Lt", self, value)

    def __le__(self, value: "Value | Operand") -> "Comparison":
        return Comparison("Le", self, value)

    def in_(self, values: Iterable[Value]) -> "InList":
        """Holds when the value is one of `values`."""
        if isinstance(values, str | bytes):
            raise TypeError(f"in_ takes several values, as in in_([{values!r}]), got {values!r}")
        return InList(self, tuple(values))

    def is_null(self) -> "NullTest":
        return NullTest("IsNull", self)

    def is_not_null(self) -> "NullTest":
        return NullTest("NotNull", self)

    def asc(self) -> "Order":
        """Smallest first."""
        return Order(self, "asc")

    def desc(self) -> "Order":
        """Largest first."""
        return Order(self, "desc")


@dataclass(frozen=True, slots=True, eq=False)
class Column(Operand[Value]):
    """A column of a table. `codec` says how its values are written and read."""

    table: str
    name: str
    codec: Codec

    @property
    def type_name(self) -> str:
        """The name of its type."""
        return self.codec.type_name

    @property
    def label(self) -> str:
        """Its name in the result."""
        return self.name

    def like(self, pattern: str) -> "Like":
        """Holds when the text matches: `%` is any run of characters, `_` any one.

        A backslash makes the next character stand for itself.
        """
        return Like(self, pattern)


if TYPE_CHECKING:

    class Mapped(Generic[Value]):
        """`dest: Mapped[str]` is to type checkers a `Column[str]` on the class, a str on a row."""

        @overload
        def __get__(self, row: None, model: Any) -> Column[Value]: ...

        @overload
        def __get__(self, row: object, model: Any) -> Value: ...

        def __get__(self, row: object, model: Any) -> Any: ...

        def __set__(self, row: Any, value: Value) -> None: ...

else:

    class Mapped:
        """`dest: Mapped[str]` is the same as `dest: str`, for all but type checkers."""

        def __class_getitem__(cls, kind: Any) -> Any:
            return kind


@dataclass(frozen=True, slots=True, eq=False)
class Aggregate(Operand):
    """One value for a group of rows. `column` is absent for the count of all rows, `fraction` for
    everything but a quantile.
    """

    function: str
    column: Column | None = None
    name: str = ""
    fraction: float | None = None

    def as_(self, name: str) -> "Aggregate":
        """The same, named `name` in the result."""
        return replace(self, name=name)

    def measures_same(self, other: "Aggregate") -> bool:
        """Whether both are the same function of the same column."""
        mine, others = (self.function, self.fraction), (other.function, other.fraction)
        return mine == others and self.column is other.column

    @property
    def label(self) -> str:
        """Its name in the result: the given one, else `avg_dep_delay` or `count`."""
        return self.name or (
            f"{self.function}_{self.column.name}" if self.column else self.function
        )

    @property
    def codec(self) -> Codec:
        """How its result is written: a sum, mean or quantile of integers is a decimal."""
        if self.function in ("count", "count_distinct") or self.column is None:
            return CODECS["uint64"]
        if self.function in ("min", "max", "first", "last"):
            return self.column.codec
        is_float = self.column.type_name in ("float32", "float64")
        is_root = self.function in ("stddev", "variance")
        return CODECS["float64" if is_float or is_root else "decimal"]

    @property
    def type_name(self) -> str:
        """The name of its type."""
        return self.codec.type_name


class Comparison(Condition):
    """`operand operator value`; the value is a column only in the condition of a join."""

    __slots__ = __match_args__ = ("operator", "operand", "value")

    def __init__(self, operator: str, operand: Operand, value: object) -> None:
        self.operator, self.operand, self.value = operator, operand, value


class InList(Condition):
    __slots__ = __match_args__ = ("operand", "values")

    def __init__(self, operand: Operand, values: tuple[Any, ...]) -> None:
        self.operand, self.values = operand, values


class Like(Condition):
    __slots__ = __match_args__ = ("operand", "pattern")

    def __init__(self, operand: Column, pattern: str) -> None:
        self.operand, self.pattern = operand, pattern


class NullTest(Condition):
    """`operator` is `IsNull` or `NotNull`."""

    __slots__ = __match_args__ = ("operator", "operand")

    def __init__(self, operator: str, operand: Operand) -> None:
        self.operator, self.operand = operator, operand


class And(Condition):
    __slots__ = __match_args__ = ("left", "right")

    def __init__(self, left: Condition, right: Condition) -> None:
        self.left, self.right = left, right


class Or(Condition):
    __slots__ = __match_args__ = ("left", "right")

    def __init__(self, left: Condition, right: Condition) -> None:
        self.left, self.right = left, right


class Not(Condition):
    __slots__ = __match_args__ = ("operand",)

    def __init__(self, operand: Condition) -> None:
        self.operand = operand


@dataclass(frozen=True, slots=True, eq=False)
class Order:
    """A key to order by. Unless `nulls` is first or last, NULL is lower than everything else."""

    operand: Operand
    direction: str
    nulls: str | None = None

    def nulls_first(self) -> "Order":
        """The same, with NULL before everything else."""
        return replace(self, nulls="first")

    def nulls_last(self) -> "Order":
        """The same, with NULL behind everything else."""
        return replace(self, nulls="last")


def condition(value: object) -> Condition:
    """`value`, which must be a condition."""
    if not isinstance(value, Condition):
        raise TypeError(f"expected a condition such as Flight.dep_delay > 30, got {value!r}")
    return value


def column(value: object) -> Column:
    """`value`, which must be a column; tells type checkers so."""
    if not isinstance(value, Column):
        raise TypeError(f"expected a column such as Flight.dest, got {value!r}")
    return value


def count(of: object = None) -> Aggregate:
    """The number of rows, or of rows where column `of` is not NULL."""
    return Aggregate("count", None if of is None else column(of))


def sum_(of: object) -> Aggregate:
    """The sum of a numeric column; NULL when there is nothing to add."""
    return Aggregate("sum", column(of))


def avg(of: object) -> Aggregate:
    """The mean of a numeric column; NULL when there is nothing to average."""
    return Aggregate("avg", column(of))


def min_(of: object) -> Aggregate:
    """The smallest value."""
    return Aggregate("min", column(of))


def max_(of: object) -> Aggregate:
    """The largest value."""
    return Aggregate("max", column(of))


def count_distinct(of: object) -> Aggregate:
    """The number of different values; NULL is none."""
    return Aggregate("count_distinct", column(of))


def first(of: object) -> Aggregate:
    """The value of the first row, in stored order, where it is not NULL."""
    return Aggregate("first", column(of))


def last(of: object) -> Aggregate:
    """The value of the last row, in stored order, where it is not NULL."""
    return Aggregate("last", column(of))


def median(of: object) -> Aggregate:
    """The value in the middle of a numeric column, halfway between two if there are two."""
    return Aggregate("median", column(of))


def quantile(of: object, fraction: float) -> Aggregate:
    """What stands at a fraction from 0 to 1 of the way from the least to the greatest value."""
    return Aggregate("quantile", column(of), fraction=fraction)


def stddev(of: object) -> Aggregate:
    """The standard deviation of a sample; NULL for fewer than two values."""
    return Aggregate("stddev", column(of))


def variance(of: object) -> Aggregate:
    """The variance of a sample; NULL for fewer than two values."""
    return Aggregate("variance", column(of))
