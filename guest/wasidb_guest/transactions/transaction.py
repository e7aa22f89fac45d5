"""One transaction: it sees the tables as they were when it began, and its own changes on top.

    store.catalog   committed tables, shared by all who may read them as they are now
    then            tables others have changed meanwhile, on the pages of this one's snapshot
    own             tables this one has changed, on pages of its write set

Any number of transactions may be open and may write. Each writes to pages of its own, a fork that
nobody else sees; what it has done to rows is kept in its footprint, for the commit to compare with
those of others and, if they have committed first, to do again on top of them.

A statement checks everything before it changes anything, so a refused statement leaves the
transaction as it was. Should one fail after it has changed a page (a damaged page, a table that is
full, a row that somebody else has changed) the transaction can only be rolled back, to a savepoint
or as a whole.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from wasidb_guest.definitions import TableDefinition
from wasidb_guest.errors import Conflict, ConstraintViolated, NotOpen, ReadOnly, TableNotFound
from wasidb_guest.pages.commit_point import WriteSet
from wasidb_guest.rules.references import Reference
from wasidb_guest.rules.table_rules import TableRules
from wasidb_guest.tables.access_control import Permission
from wasidb_guest.tables.catalog import Registered, create_tables, new_tables
from wasidb_guest.tables.changes import DeleteBehavior, delete_rows, insert_rows, update_rows
from wasidb_guest.tables.integrity import check_put_off
from wasidb_guest.tables.references import holds_key, key_columns, keys_of
from wasidb_guest.tables.removal import drop_tables
from wasidb_guest.tables.table import Table
from wasidb_guest.tables.upserts import Upserted, upsert_rows
from wasidb_guest.transactions.footprint import (
    Creation,
    Deletion,
    Footprint,
    Insertion,
    Removal,
    Rows,
    Settlement,
    Update,
    Upsert,
)
from wasidb_guest.transactions.options import DEFAULTS, TransactionOptions
from wasidb_guest.transactions.reads import NOTHING_READ, Reads, RowTest
from wasidb_guest.transactions.refusals import (
    LookedAt,
    looked_at_by_change,
    looked_at_by_insert,
)
from wasidb_guest.transactions.savepoints import Savepoint
from wasidb_guest.transactions.validation import check_changes
from wasidb_guest.vectors import Batch, Vector

if TYPE_CHECKING:
    from wasidb_guest.transactions.store import Store

NO_NUMBER = -1


class Transaction:
    """The tables as one transaction sees them; `tables.tables.Tables`.

    `registered` are all of them: with those it has created, without those it has dropped.
    `number` is NO_NUMBER for a statement that is a transaction of its own. Unless it `tells_reads`
    nobody asks what it `has_read`.
    """

    def __init__(
        self, store: "Store", number: int = NO_NUMBER, options: TransactionOptions = DEFAULTS
    ) -> None:
        self.number = number
        self._options = options
        self._keeps_reads = (
            number != NO_NUMBER and options.isolation == "serializable" and not options.read_only
        )
        self.reads = Reads() if self._keeps_reads else NOTHING_READ
        self.snapshot = store.cache.snapshot()
        self.limits = store.limits
        self.statement_limits = options.limits
        self.open_scratch = store.open_scratch
        self.footprint = Footprint()
        self.writes: WriteSet | None = None
        self.failure: str | None = None
        self.own: dict[str, Table] = {}
        self.registered: Registered = store.catalog.registered
        self.tells_reads = self._keeps_reads or store.rights.are_limited
        self._store = store
        self._keeps_rules = True
        self._registered_then = self.registered
        self._then: dict[str, Table] = {}
        self._savepoints: list[Savepoint] = []
        self._put_off: list[tuple[Reference, Rows]] = []
        self._next_savepoint = 0

    # What it sees

    @property
    def defines(self) -> bool:
        """Whether there are other tables for it than there were when it began."""
        return self.registered is not self._registered_then

    def definitions(self) -> Sequence[TableDefinition]:
        return [self.registered[name][0] for name in sorted(self.registered)]

    def table(self, name: str) -> Table:
        own = self.own.get(name)
        if own is not None:
            return own
        snapshot = self.snapshot
        is_newest = snapshot.version == snapshot.versions.newest
        if is_newest and self.registered is self._registered_then:
            catalog = self._store.catalog
            return catalog.opened.get(name) or catalog.table(name)
        if name not in self.registered:
            raise TableNotFound(name)
        if self._is_as_committed(name):
            return self._store.catalog.table(name)
        if name not in self._then:
            pages = self.snapshot if self.writes is None else self.writes
            self._then[name] = Table(pages, *self.registered[name])
        return self._then[name]

    def _is_as_committed(self, name: str) -> bool:
        """Whether the catalog's table is the one this transaction sees."""
        catalog = self._store.catalog
        is_same = self.registered[name] is catalog.registered.get(name)
        return is_same and catalog.is_unchanged(name, self.snapshot.version)

    def has_read(self, table: str, test: RowTest | None, permission: Permission = "read") -> None:
        """An answer depends on the rows of a table for which a test is true, on all without one.

        Raises AccessDenied to whoever has not the permission, for there is no answer then.
        """
        rights = self._store.rights
        if rights.are_limited:
            rights.require(permission, table)
        if self._keeps_reads:
            self.reads.add(table, test)

    def _depends_on(self, table: str, test: RowTest | None) -> None:
        if self._keeps_reads:
            self.reads.add(table, test)

    def _has_looked_at(self, rows: LookedAt) -> None:
        """A refusal depends on these rows."""
        for table, test in rows:
            self._depends_on(table, test)

    def rules(self, name: str) -> TableRules | None:
        """The rules of a table; None for one without, and for one that is another by now."""
        rules = self._store.rules.get(name) if self._keeps_rules else None
        if rules is None or self.registered.get(name) is self._store.catalog.registered.get(name):
            return rules
        return None

    def references(self, name: str) -> Sequence[Reference]:
        """The foreign keys of a table, which do what they are declared to do in any case."""
        return self._store.references_among(self.registered).of[name]

    def references_to(self, name: str) -> Sequence[Reference]:
        """Every foreign key that points at a table."""
        return self._store.references_among(self.registered).to.get(name, ())

    def keep_no_rules(self) -> None:
        """Take rows as they come: they have been through the rules before."""
        self._keeps_rules = False

    # What it changes

    def insert(self, name: str, batch: Batch) -> Batch:
        """`tables.changes.insert_rows`, remembered, of what sanitizers make of the rows."""
        self._store.rights.require("insert", name)
        rules = self.rules(name)
        batch = batch if rules is None else rules.given(batch)
        try:
            rows = insert_rows(self, name, batch)
        except ConstraintViolated:
            self._has_looked_at(looked_at_by_insert(self, name, batch))
            raise
        self.footprint.did(Insertion(name, rows))
        return rows

    def update(self, name: str, addresses: memoryview, changes: Mapping[str, Vector]) -> int:
        """`tables.changes.update_rows`, remembered, of what sanitizers make of the cells."""
        self._store.rights.require("update", name)
        rules = self.rules(name)
        changes = changes if rules is None else rules.changed(changes)
        try:
            count, keys = update_rows(self, name, addresses, changes)
        except ConstraintViolated as refusal:
            self._has_looked_at(looked_at_by_change(self, name, refusal))
            raise
        if keys is not None:
            self.footprint.did(Update(name, keys, changes))
        return count

    def upsert(self, name: str, batch: Batch) -> Upserted:
        """`tables.upserts.upsert_rows`, remembered, of what sanitizers make of the rows."""
        self._store.rights.require("insert", name)
        self._store.rights.require("update", name)
        rules = self.rules(name)
        given = batch if rules is None else rules.given(batch)
        try:
            done = upsert_rows(self, name, given, batch.names)
        except ConstraintViolated as refusal:
            self._has_looked_at(looked_at_by_change(self, name, refusal))
            raise
        if self._keeps_reads:
            definition = self.table(name).definition
            keys = set(keys_of(done.keys))
            self._depends_on(name, holds_key(definition, definition.key, keys))
        self.footprint.did(Upsert(name, done.rows, done.inserted))
        return done

    def delete(self, name: str, addresses: memoryview, behavior: DeleteBehavior) -> int:
        """`tables.changes.delete_rows`, remembered."""
        self._store.rights.require("delete", name)
        try:
            count, keys = delete_rows(self, name, addresses, behavior)
        except ConstraintViolated as refusal:
            self._has_looked_at(looked_at_by_change(self, name, refusal))
            raise
        if keys is not None:
            self.footprint.did(Deletion(name, keys, behavior))
        return count

    def create_tables(self, definitions: Sequence[TableDefinition]) -> None:
        """Create the tables that do not exist."""
        new = new_tables(self.registered, definitions)
        if new:
            self._store.rights.require_flag("migrate")
            self.registered = create_tables(self.pages(), self.registered, new)
            self.footprint.did(Creation(tuple(new)))

    def drop_tables(self, names: Sequence[str]) -> None:
        """Drop tables and their rows."""
        doomed = [self.table(name) for name in names]
        if doomed:
            self._store.rights.require_flag("migrate")
            self.registered = drop_tables(self.pages(), self.registered, doomed)
            for name in names:
                self.own.pop(name, None)
            self.footprint.did(Removal(tuple(names)))

    def redefine(self, registered: Registered) -> None:
        """See other tables from now on, which are on the pages of this transaction already.

        There is no doing this again on top of others, so nobody else may have a transaction open.
        """
        self.registered = registered
        self.own.clear()
        self._then.clear()

    def writable(self, name: str) -> Table:
        own = self.own.get(name)
        if own is None:
            pages = self.pages()
            own = self.table(name)
            if self._is_as_committed(name):
                own = self._store.catalog.take(name)
            own.attach(pages)
            self._then.pop(name, None)
            self._own(own)
        return own

    def _own(self, table: Table) -> None:
        """Have a table on pages of this transaction, to be changed."""
        name = table.definition.name
        if table.autoincrement is not None:
            table.autoincrement.share(self._store.catalog.drawn(name))
        self.own[name] = table

    def pages(self) -> WriteSet:
        """The pages, to be changed. Raises ReadOnly."""
        if self.writes is None:
            self._store.check_writable()
            if self._options.read_only:
                raise ReadOnly("the transaction was begun for reading only")
            # Nobody commits while a statement of its own runs: its snapshot is what is committed.
            base = None if self.number == NO_NUMBER else self.snapshot
            self.writes = WriteSet(self._store.cache, base)
        return self.writes

    @property
    def wants_rows(self) -> bool:
        """Whether anybody may ask what rows this transaction has changed."""
        return self.number != NO_NUMBER or self._store.has_open

    def touched(self, table: Table, before: Rows | None, after: Rows | None) -> None:
        """Keep rows that were changed; raise Conflict if somebody else has, and has committed."""
        if not self.wants_rows:
            return
        self.footprint.touched(table.definition, before, after)
        if before is None:
            return
        references = self.references_to(table.definition.name) if self._keeps_reads else ()
        if references:
            self._has_read_references(table.definition, references, before, after)
        if not self.snapshot.is_newest:
            fresh = Footprint()
            fresh.touched(table.definition, before, None)
            check_changes(fresh, self._store.committed_since(self.snapshot.version))

    def _has_read_references(
        self,
        target: TableDefinition,
        references: Sequence[Reference],
        before: Rows,
        after: Rows | None,
    ) -> None:
        """What becomes of rows depends on those that reference a key of theirs that is gone."""
        for reference in references:
            gone = set(keys_of(key_columns(target, before, reference.target_columns))) - {None}
            if after is not None:
                gone.difference_update(
                    keys_of(key_columns(target, after, reference.target_columns))
                )
            if gone:
                source = self.table(reference.table).definition
                self._depends_on(source.name, holds_key(source, reference.columns, gone))

    # What is put off until the commit

    def put_off(self, reference: Reference, keys: Rows) -> None:
        """Have keys looked at again when the transaction commits. Going back to a savepoint leaves
        them to be found in order then.
        """
        self._put_off.append((reference, keys))

    def settle(self) -> None:
        """Raise ForeignKeyViolated if what was put off is not in order now."""
        for reference, keys in self._put_off:
            check_put_off(self, reference, keys)
        self._put_off.clear()

    # Savepoints

    def savepoint(self) -> int:
        """Make a savepoint; its number. Raises Conflict after a statement that failed half-way."""
        self.check_sound()
        number = self._next_savepoint
        self._next_savepoint += 1
        mark = self.footprint.mark()
        made = Savepoint(number, self.writes, mark, self.registered, tuple(self.own))
        self._savepoints.append(made)
        self._begin_layer(self.writes)
        return number

    def roll_back_to(self, savepoint: int) -> None:
        """Undo what was done since a savepoint, which stays; later ones go. Raises NotOpen."""
        place = self._place_of(savepoint)
        del self._savepoints[place + 1 :]
        made = self._savepoints[place]
        self.footprint.go_back(made.mark)
        self.registered = made.registered
        self.failure = None
        self._then.clear()
        self.own.clear()
        self._begin_layer(made.beneath)
        for name in made.own:
            self._own(Table(self.pages(), *self.registered[name]))

    def release(self, savepoint: int) -> None:
        """Forget a savepoint and later ones, and keep what was done since. Raises NotOpen."""
        place = self._place_of(savepoint)
        for made in reversed(self._savepoints[place:]):
            if made.beneath is not None and self.writes is not None:
                made.beneath.absorb(self.writes)
                self.writes = made.beneath
        del self._savepoints[place:]
        for table in self.own.values():
            table.attach(self.pages())

    def prepare_commit(self) -> None:
        """Get ready for the commit: forget all savepoints, and settle what was put off. If others
        have committed, that is for the repetition of this transaction on top of them, which may put
        off what was in order here.
        """
        if self._savepoints:
            self.release(self._savepoints[0].number)
        if self.snapshot.is_newest:
            self.settle()
        else:
            self.footprint.did(Settlement())

    def _place_of(self, savepoint: int) -> int:
        for place, made in enumerate(self._savepoints):
            if made.number == savepoint:
                return place
        raise NotOpen(f"transaction {self.number} has no savepoint {savepoint}")

    def _begin_layer(self, beneath: WriteSet | None) -> None:
        self.writes = None if beneath is None else beneath.layer()
        for table in self.own.values():
            table.attach(self.pages())

    @property
    def change_count(self) -> int:
        """Moves with every change of a page."""
        return 0 if self.writes is None else self.writes.change_count

    def spoil(self, failure: BaseException) -> None:
        """A statement has failed half-way: nothing of this transaction may be kept."""
        self.failure = str(failure)

    def check_sound(self) -> None:
        """Raise Conflict if a statement has failed half-way."""
        if self.failure is not None:
            message = "a statement has failed half-way, the transaction can only be rolled back"
            raise Conflict(f"{message}: {self.failure}", transaction=self.number)

    def end(self) -> None:
        """Let go of everything; what was not committed is forgotten."""
        self.snapshot.close()
