"""What the identity that opened the database may do, asked before a statement reads or changes.

    read         a table that a statement asks about     Transaction.has_read
    insert       rows given                              Transaction.insert, upsert
    update       rows that a filter finds                has_read, Transaction.update, upsert
    delete       likewise                                has_read, Transaction.delete
    migrate      tables created, dropped, migrated       create_tables, drop_tables, migrate
    admin        the file as a whole                     api.maintenance
    manage_acl   grants seen and changed                 api.maintenance

The first four are permissions on a table: its own, those on all tables, or every one for an admin.
The others are flags, of which none implies another. That is what they mean to the Rust engine.

What a statement entails is done with the engine's rights: looking up a referenced row, following a
foreign key into the tables that reference a row, keeping a key unique. So is finding the rows to be
updated or deleted.

Page 1 is looked at each time, as it is committed: what was revoked is gone for transactions that
are open as well. An identity that is not listed has no rights, so nobody has on a page that lists
nobody; one that is damaged gives Corrupted. Without an identity there is nothing to ask.
"""

from wasidb_guest.encoding.snapshot import fingerprint
from wasidb_guest.errors import AccessDenied
from wasidb_guest.pages.cache import PageSource
from wasidb_guest.pages.frame import Frame
from wasidb_guest.pages.layout import ACCESS_CONTROL_PAGE
from wasidb_guest.tables.access_control import (
    FLAGS,
    PERMISSIONS,
    AccessList,
    Flag,
    Grants,
    Permission,
    decode_access_list,
)

NOTHING = Grants()


class Rights:
    """The rights of one identity, or of nobody in particular, who may do everything; there is
    nothing to ask unless they `are_limited`.

    `pages` are the committed ones.
    """

    def __init__(self, pages: PageSource, identity: bytes | None) -> None:
        self.are_limited = identity is not None
        self._pages = pages
        self._identity = identity
        self._page: Frame | None = None
        self._grants = NOTHING
        self._on_tables: dict[str, int] = {}

    def require(self, permission: Permission, table: str) -> None:
        """Raise AccessDenied without a permission on a table."""
        if self._identity is None:
            return
        self._look(self._identity)
        held = self._on_tables.get(table)
        if held is None:
            held = self._on_tables[table] = self._held_on(table)
        if not held & PERMISSIONS[permission]:
            raise AccessDenied(self._identity, permission, table)

    def require_flag(self, flag: Flag) -> None:
        """Raise AccessDenied without a flag."""
        if self._identity is None:
            return
        self._look(self._identity)
        if not self._grants.flags & FLAGS[flag]:
            raise AccessDenied(self._identity, flag)

    def visible(self, access: AccessList) -> AccessList:
        """The list for those who manage it, for everybody else what is about themselves."""
        identity = self._identity
        if identity is None or access.get(identity, NOTHING).flags & FLAGS["manage_acl"]:
            return access
        return {identity: access[identity]} if identity in access else {}

    def _look(self, identity: bytes) -> None:
        """Find the grants, if they may have changed: a commit puts another page in the place."""
        page = self._pages.read(ACCESS_CONTROL_PAGE)
        if page is not self._page:
            self._grants = decode_access_list(page).get(identity, NOTHING)
            self._on_tables = {}
            self._page = page

    def _held_on(self, table: str) -> int:
        if self._grants.flags & FLAGS["admin"]:
            return sum(PERMISSIONS.values())
        return self._grants.all_tables | self._grants.tables.get(fingerprint(table), 0)
