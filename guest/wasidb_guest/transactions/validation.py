"""May a transaction commit, though others have committed since it began?

    mine     changed rows        theirs   touched rows
             users {7, 8}                 users {8, 9}          both 8: a conflict
             posts {1}                    tags {1}              nothing shared

    mine     reads               theirs   rows, before and after
             users: age > 30              users [9, "Ann", 29], [9, "Ann", 31]      a conflict

The first to commit wins: nobody may change a row that another transaction has touched since this
one began to look. That alone is snapshot isolation: no update is lost, but two transactions that
each read what the other one changes may both commit. A serializable one must also find all its
answers unchanged (see `reads`): then it is as if it had run at the moment of its commit.

A row that both have inserted is not looked at here: the transaction is done again on top of the
others, where a key that was taken meanwhile breaks the rule it breaks. One that others have deleted
meanwhile, which was not there yet when this one began, is.
"""

from collections.abc import Iterable

from wasidb_guest.errors import Conflict
from wasidb_guest.transactions.footprint import Footprint
from wasidb_guest.transactions.reads import Reads


def check_reads(mine: Reads, others: Iterable[Footprint]) -> None:
    """Raise Conflict if one of the others has changed an answer that I have been given."""
    for theirs in others:
        for name in theirs.redefined & mine.tables():
            raise _conflict(name, "was defined anew")
        for name in theirs.rows.keys() & mine.tables():
            if theirs.is_cut or mine.meet(name, theirs.rows[name].images()):
                raise _conflict(name, "has rows changed that this one has read")


def check_changes(mine: Footprint, others: Iterable[Footprint]) -> None:
    """Raise Conflict if one of the others has changed a row that I have changed."""
    for theirs in others:
        for name in theirs.redefined & (mine.rows.keys() | mine.redefined):
            raise _conflict(name, "was defined anew")
        if mine.is_cut:
            raise Conflict("too much was changed to be done again on top of what others committed")
        for name in theirs.rows.keys() & mine.rows.keys():
            if theirs.is_cut:
                raise _conflict(name, "was changed in many places")
            my_rows, their_rows = mine.rows[name], theirs.rows[name]
            shared = my_rows.changed_keys() & their_rows.keys()
            shared |= my_rows.keys() & their_rows.changed_keys()
            if shared:
                key = my_rows.key_of(min(shared))
                raise _conflict(
                    name, f"has a row that both have changed, with key {key!r}", key=key
                )


def _conflict(table: str, what: str, **facts: object) -> Conflict:
    return Conflict(
        f"another transaction has committed first: table {table!r} {what}; run this one again",
        table=table,
        **facts,
    )
