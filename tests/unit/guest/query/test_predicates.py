"""The rows for which a filter is true, beside its mask."""

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from wasidb_guest.encoding.cell_vectors import vector_from_cells
from wasidb_guest.query.binding import bind
from wasidb_guest.query.expression import And, Comparison, Filter, Like, Literal, Not, NullTest, Or
from wasidb_guest.query.grouping import row_numbers
from wasidb_guest.query.masks import TRUE
from wasidb_guest.query.picked import Origin, Picked
from wasidb_guest.query.predicates import FEW, TrueRows, true_rows
from wasidb_guest.query.scope import Scope, ScopeColumn
from wasidb_guest.values import INT64, TEXT, UINT16
from wasidb_guest.vectors import Batch

TYPES = {"many": INT64, "few": UINT16, "name": TEXT}
SCOPE = Scope(tuple(ScopeColumn("", name, data_type) for name, data_type in TYPES.items()))
ROWS = st.lists(
    st.tuples(
        st.sampled_from((-(1 << 63), 0, 1, 2)),
        st.sampled_from((None, *[0] * 2 * FEW, 1, 0xFFFF)),
        st.sampled_from((None, "", "ab", "b")),
    ),
    max_size=60,
)
CONDITIONS: list[Filter] = [
    Comparison("Ge", "many", Literal(None, 1)),
    Comparison("Ne", "few", Literal(None, 0)),
    Comparison("Lt", "few", Literal(None, 1)),
    Comparison("Eq", "few", Literal(None, 70_000)),
    Like("name", "%b"),
    NullTest("name", True),
]
FILTERS = st.recursive(
    st.sampled_from(CONDITIONS),
    lambda inner: (
        st.builds(And, inner, inner) | st.builds(Or, inner, inner) | st.builds(Not, inner)
    ),
    max_leaves=5,
)


def batch_of(rows: Sequence[tuple[object, ...]]) -> Batch:
    vectors = [
        vector_from_cells(
            data_type, [row[place] for row in rows], table="", column="", nullable=True
        )
        for place, data_type in enumerate(TYPES.values())
    ]
    return Batch(list(TYPES), vectors, len(rows))


@given(FILTERS, st.lists(ROWS, max_size=3))
def test_rows_are_those_that_are_true_in_the_mask(
    where: Filter, batches: list[list[tuple[object, ...]]]
) -> None:
    predicate = bind(where, SCOPE)
    choose = TrueRows(predicate)
    for batch in map(batch_of, [*batches, []]):
        mask = predicate.evaluate(batch)
        expected = [row for row, outcome in enumerate(mask) if outcome == TRUE]
        for _ in range(3):  # columns remember what they are roughly
            assert choose(batch).tolist() == expected


@given(FILTERS, ROWS.filter(bool))
def test_columns_may_be_picked_from_others(where: Filter, rows: list[tuple[object, ...]]) -> None:
    predicate, batch = bind(where, SCOPE), batch_of(rows)
    backwards = row_numbers(range(batch.count - 1, -1, -1))
    vectors = [Picked(Origin(vector), backwards) for vector in batch.vectors]
    found = true_rows(predicate, Batch(batch.names, vectors, batch.count))
    assert found.tolist() == true_rows(predicate, batch_of(rows[::-1])).tolist()


def test_rows_found_before_stay_what_they_are_for_who_asks_once() -> None:
    predicate = bind(CONDITIONS[0], SCOPE)
    first = true_rows(predicate, batch_of([(1, 0, None), (0, 0, None), (2, 0, None)]))
    true_rows(predicate, batch_of([(0, 0, None), (1, 0, None)]))
    assert first.tolist() == [0, 2]
