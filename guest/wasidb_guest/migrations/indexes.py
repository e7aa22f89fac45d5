"""The indexes of tables that become others, and those that foreign keys bring.

Whoever deletes a row or changes its key looks for the rows that point at it. So a foreign key wants
an index that begins with its columns, and brings one where none is listed. For a key of one column
it is no part of what a table is whether it is there: files of the Rust engine do without, and have
the same tables.

    wanted                               stored                               becomes
    author -> users.id; index (title)    nothing                              (title), (author)
                                         author; (title)                      (title), (author)
                                         author -> users.id; (title)          (title)
                                         author -> users.id; (author), (title)    (author), (title)

A definition that lists the index insists on it, and a key that says `"index": false` wants none.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from wasidb_guest.definitions import (
    IndexDefinition,
    TableDefinition,
    declared_indexes,
    declared_unique,
    derived_indexes,
)
from wasidb_guest.rules.references import Reference


def all_indexes(table: TableDefinition) -> tuple[IndexDefinition, ...]:
    """The indexes a table has, each once, though a file of the Rust engine may list some twice."""
    declared, unique = declared_indexes(table), declared_unique(table)
    return derived_indexes(table.primary_key, table.columns, declared, unique)


def renamed_index(index: IndexDefinition, names: Mapping[str, str]) -> IndexDefinition | None:
    """The index over the same columns under their new names; None if one of them is gone."""
    if not names.keys() >= set(index.columns):
        return None
    return IndexDefinition(tuple(names[name] for name in index.columns), index.unique)


def with_key_indexes(table: TableDefinition, references: Iterable[Reference]) -> TableDefinition:
    """A new table, with the indexes that its foreign keys bring."""
    indexes = list(table.indexes)
    for reference in _by_width(references):
        if reference.is_indexed and not _has_leading(indexes, reference.columns):
            indexes.append(IndexDefinition(reference.columns))
    return replace(table, indexes=tuple(indexes))


def with_key_indexes_beside(
    table: TableDefinition,
    references: Iterable[Reference],
    stored: TableDefinition,
    names: Mapping[str, str],
) -> TableDefinition:
    """What a stored table becomes; `names` has the wanted name of each column of it that stays.

    Indexes that foreign keys bring stay where they are; a key of one column that has done without
    goes on so.
    """
    indexes = list(table.indexes)
    kept = [each for each in (renamed_index(i, names) for i in all_indexes(stored)) if each]
    for reference in _by_width(references):
        if (
            reference.is_indexed
            and not _has_leading(indexes, reference.columns)
            and not _does_without(reference.columns, stored, names)
        ):
            _put(IndexDefinition(reference.columns), indexes, kept)
    return replace(table, indexes=tuple(indexes))


def _by_width(references: Iterable[Reference]) -> list[Reference]:
    """The longest first: its index may begin with the columns of another one."""
    return sorted(references, key=lambda reference: -len(reference.columns))


def _has_leading(indexes: Iterable[IndexDefinition], columns: Sequence[str]) -> bool:
    """Whether an index begins with these columns, in whatever order."""
    wanted = set(columns)
    return any(set(index.columns[: len(columns)]) == wanted for index in indexes)


def _does_without(
    columns: Sequence[str], stored: TableDefinition, names: Mapping[str, str]
) -> bool:
    """Whether these columns are a foreign key of a stored table that has no index for it.

    One of several columns, which the file does not know, is as good as new.
    """
    former = [old for old, new in names.items() if (new,) == tuple(columns)]
    is_key = bool(former) and stored.column(former[0]).references is not None
    return is_key and not _has_leading(all_indexes(stored), former)


def _put(
    index: IndexDefinition, indexes: list[IndexDefinition], kept: Sequence[IndexDefinition]
) -> None:
    """Add an index where it is among those that are kept, or else at the end."""
    following = kept[kept.index(index) + 1 :] if index in kept else ()
    place = next((indexes.index(each) for each in following if each in indexes), len(indexes))
    indexes.insert(place, index)
