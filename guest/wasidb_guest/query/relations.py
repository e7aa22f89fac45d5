"""Related rows, nested in the rows they belong to.

    posts    [10, "Hello", 1]      users    [1, "Ann"]

    {"one": "author", "as": "writer"}      [10, "Hello", 1, {"id": 1, "name": "Ann"}]

A relation is loaded for all rows at once: the values of the key column are looked up in an index of
the other table if it has one and they are few, else that table is scanned; the rows found are
joined to those they belong to. Only then the relations of these rows are loaded in turn.

What is nested is JSON text, in a column of its own type NESTED, which goes into a result as it
stands: null or an object where there can be one row, else an array of objects. As a row may stand
in many places, texts can grow far beyond the tables they come from; NESTED_SIZE_MAX says how far.
"""

import json
from array import array
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import accumulate, repeat

from wasidb_guest.encoding.cell_vectors import EVERY_ROW, take, vector_to_cells, vector_to_json
from wasidb_guest.errors import LimitExceeded
from wasidb_guest.query import accumulators, plan
from wasidb_guest.query.access_path import PROBES_MAX
from wasidb_guest.query.grouping import number_column, take_rows
from wasidb_guest.query.key_numbers import rows_by_number
from wasidb_guest.query.partners import Partners
from wasidb_guest.query.scans import scan
from wasidb_guest.query.sorting import sorted_batch
from wasidb_guest.query.source import Source
from wasidb_guest.values import NESTED_TAG, DataType
from wasidb_guest.vectors import Batch, Vector

NESTED = DataType("nested", 0, NESTED_TAG, 0)
NESTED_SIZE_MAX = 1 << 28

LINES = json.JSONEncoder(ensure_ascii=False, check_circular=False, separators=("\n", ":"))
"""Writes an array with a line for each element: inside of JSON there is no end of line."""


def include(batch: Batch, relations: Sequence[plan.Relation], source: Source) -> Batch:
    """The rows with their related ones in further columns; LimitExceeded if these are too long."""
    names = [*batch.names, *(each.name for each in relations)]
    nested = [_text_vector(_nested(batch, each, source)) for each in relations]
    return Batch(names, [*batch.vectors, *nested], batch.count)


def _nested(batch: Batch, relation: plan.Relation, source: Source) -> list[str]:
    """For each row the JSON of what is related to it."""
    keys = batch.vectors[relation.key]
    related = _related_rows(keys, relation, source)
    rows, partners = _pairs(keys, related.vectors[relation.partner])
    objects = _objects(related, relation, source)
    _check_size(map(len, map(objects.__getitem__, partners)))
    found = list(map(objects.__getitem__, partners))
    if not relation.is_many:
        return list(
            map(dict(zip(rows, found, strict=True)).get, range(batch.count), repeat("null"))
        )
    counts = memoryview(bytearray(8 * batch.count)).cast("q")
    accumulators.count_rows(rows, EVERY_ROW, counts)
    ends = list(accumulate(counts, initial=0))
    lists = map(found.__getitem__, map(slice, ends, ends[1:]))
    return list(map("[%s]".__mod__, map(",".join, lists)))


def _pairs(keys: Vector, related: Vector) -> tuple[memoryview, memoryview]:
    """The rows that belong together: by those of `keys`, then by those of `related`."""
    partners = Partners([related], [keys.type])
    left, right = zip(*partners.pairs(partners.find([keys]), keep_left=False), strict=True)
    return memoryview(b"".join(left)).cast("I"), memoryview(b"".join(right)).cast("I")


def _related_rows(keys: Vector, relation: plan.Relation, source: Source) -> Batch:
    """The rows of the other table that have one of these keys, in the order asked for."""
    access = _access(keys, relation, source)
    rows = scan(replace(relation.scan, access=access), source.table(relation.scan.table))
    partner = rows.vectors[relation.partner]
    found = Partners([keys], [partner.type]).find([partner])
    wanted = take_rows(rows, rows_by_number(found, has_number=True))
    return sorted_batch(wanted, relation.keys) if relation.keys else wanted


def _access(keys: Vector, relation: plan.Relation, source: Source) -> tuple[plan.IndexAccess, ...]:
    """A look-up of each key, if they are few and there is an index."""
    if relation.index is None:
        return ()
    first = number_column(keys).first
    if len(first) > PROBES_MAX:
        return ()
    cells = vector_to_cells(take(keys, first))
    probes = tuple(plan.Range.equal((cell,)) for cell in cells if cell is not None)
    columns = source.table(relation.scan.table).indexes[relation.index].columns
    return (plan.IndexAccess(relation.index, columns, probes),)


def _objects(rows: Batch, relation: plan.Relation, source: Source) -> list[str]:
    """The rows as JSON objects, with what is related to them in turn."""
    texts = [_cell_texts(rows.vectors[position]) for _, position in relation.outputs]
    texts += [_nested(rows, each, source) for each in relation.relations]
    names = [name for name, _ in relation.outputs] + [each.name for each in relation.relations]
    pattern = ",".join(f"{_literally(name)}:%s" for name in names)
    return list(map(f"{{{pattern}}}".__mod__, zip(*texts, strict=True)))


def _literally(name: str) -> str:
    """A JSON string as a part of a pattern."""
    return LINES.encode(name).replace("%", "%%")


def _cell_texts(vector: Vector) -> list[str]:
    """The JSON of each cell."""
    return LINES.encode(vector_to_json(vector))[1:-1].split("\n") if vector.count else []


def _text_vector(texts: list[str]) -> Vector:
    pieces = list(map(str.encode, texts))
    _check_size(map(len, pieces))
    offsets = memoryview(array("i", accumulate(map(len, pieces), initial=0)))
    return Vector(NESTED, len(pieces), b"".join(pieces), offsets)


def _check_size(sizes: Iterable[int]) -> None:
    if sum(sizes) > NESTED_SIZE_MAX:
        message = f"related rows take more than {NESTED_SIZE_MAX} bytes of JSON: ask for less"
        raise LimitExceeded(message, limit="related rows")
