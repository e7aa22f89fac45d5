"""Plans the related rows that a statement includes: see `foreign_keys` for what they are, and
`relations` for how they are found."""

from collections.abc import Mapping, Sequence

from wasidb_guest.definitions import TableDefinition
from wasidb_guest.errors import InvalidQuery
from wasidb_guest.query import plan
from wasidb_guest.query.access_path import is_indexable
from wasidb_guest.query.expression import conditions
from wasidb_guest.query.foreign_keys import Ends, ends, key_columns
from wasidb_guest.query.order_keys import bind_order, order_text
from wasidb_guest.query.scope import Scope
from wasidb_guest.query.source import Source
from wasidb_guest.query.statement import Include
from wasidb_guest.query.table_planner import plan_scan


def plan_relations(
    includes: Sequence[Include], table: TableDefinition, places: Mapping[int, int], source: Source
) -> tuple[plan.Relation, ...]:
    """The relations of rows of a table; `places` says where its columns are in a batch."""
    return tuple(_relation(each, table, places, source) for each in includes)


def check_names(labels: Sequence[str], includes: Sequence[Include]) -> None:
    """Refuse two columns of the same name in a result."""
    names = [*labels, *(each.name for each in includes)]
    for number, name in enumerate(names):
        if name in names[:number]:
            raise InvalidQuery(f"two columns of the result are called {name!r}", column=name)


def _relation(
    include: Include, table: TableDefinition, places: Mapping[int, int], source: Source
) -> plan.Relation:
    found = ends(include, table, source)
    other, scope = found.table, Scope.of_table(found.table)
    outputs = _outputs(include, scope)
    columns = _needed(include, found, outputs, source)
    inner = {column: place for place, column in enumerate(columns)}
    scan = plan_scan(other, other.name, columns, include.where)
    names = [other.columns[position].name for position in outputs]
    check_names(names, include.include)
    key, partner = table.columns[found.key], other.columns[found.partner]
    return plan.Relation(
        name=include.name,
        is_many=include.table is not None,
        key=places[found.key],
        partner=inner[found.partner],
        scan=scan,
        index=_index(found, table, source),
        keys=bind_order(include.order_by, scope.take(columns)),
        outputs=tuple(zip(names, map(inner.__getitem__, outputs), strict=True)),
        relations=plan_relations(include.include, other, inner, source),
        condition=f"{table.name}.{key.name} = {other.name}.{partner.name}",
        order=order_text(include.order_by),
    )


def _outputs(include: Include, scope: Scope) -> tuple[int, ...]:
    """The columns given of a related row."""
    if include.columns is None:
        return tuple(range(len(scope.columns)))
    if not include.columns:
        raise InvalidQuery(f"columns of {include.name!r} must name at least one column")
    return scope.positions(include.columns)


def _needed(
    include: Include, found: Ends, outputs: Sequence[int], source: Source
) -> tuple[int, ...]:
    """The columns to read of a related row."""
    names = [key.column for key in include.order_by]
    if include.where is not None:
        names += [condition.column for condition in conditions(include.where)]
    further = Scope.of_table(found.table).positions(names)
    keys = key_columns(include.include, found.table, source)
    return tuple(sorted({found.partner, *outputs, *further, *keys}))


def _index(found: Ends, table: TableDefinition, source: Source) -> int | None:
    """The index that finds the rows with a value, if there is one."""
    partner = found.table.columns[found.partner]
    if partner.type != table.columns[found.key].type or not is_indexable(partner.type):
        return None
    indexes = source.table(found.table.name).indexes
    starts = (number for number, each in enumerate(indexes) if each.columns[0] == partner.name)
    return next(starts, None)
