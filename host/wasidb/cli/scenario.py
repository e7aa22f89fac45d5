"""Users and their posts over the typed interface, as the Rust engine demonstrates itself.

Every step is a call of interface `database` as a host written for that engine makes it; the results
are those that engine gives.
"""

from collections.abc import Mapping
from pathlib import Path

from rich.console import Console

from wasidb import opening
from wasidb.cli.expectation import expect
from wasidb.runtime.typed_contract import OrderKey, Query, Value
from wasidb.typed import TypedDatabase
from wasidb_schema import Field, Table, UInt32

FILE_NAME = "wasm-dbms.db"
BY_ID = Query(order_by=[OrderKey("id")])

Cells = Mapping[str, Value]


class User(Table, table="users"):
    """Somebody who writes."""

    id: UInt32 = Field(primary_key=True)
    name: str
    email: str


class Post(Table, table="posts"):
    """Something somebody wrote."""

    id: UInt32 = Field(primary_key=True)
    title: str
    content: str
    user: UInt32 = Field(references="users.id", index=False)


def user(id: int, name: str) -> Cells:
    """A row of `users`, typed."""
    return {
        "id": ("u32-val", id),
        "name": ("text-val", name),
        "email": ("text-val", f"{name.lower()}@example.com"),
    }


def post(id: int, title: str, content: str, user: int) -> Cells:
    """A row of `posts`, typed."""
    return {
        "id": ("u32-val", id),
        "title": ("text-val", title),
        "content": ("text-val", content),
        "user": ("u32-val", user),
    }


ALICE, BOB, CHARLIE = user(1, "Alice"), user(2, "Bob"), user(3, "Charlie")
DIANA, EVE = user(4, "Diana"), user(5, "Eve")
HELLO = post(1, "Hello World", "First post!", 1)
TIPS = post(2, "Rust Tips", "Use iterators.", 2)


def play(folder: Path, console: Console) -> None:
    """Plays the scenario in a fresh database in `folder`, which is removed afterwards."""
    path = folder / FILE_NAME
    with opening.open(path, tables=[User, Post]) as db:
        steps = Steps(db.typed, console)
        steps.insert_and_read()
        steps.commit()
        steps.roll_back()
        steps.migrate()
        steps.read_all()
    path.unlink()
    console.print(f"removed {path}")


class Steps:
    """The steps, in the order in which they are played."""

    def __init__(self, typed: TypedDatabase, console: Console) -> None:
        self.typed, self.console = typed, console

    def insert_and_read(self) -> None:
        """Three users and two posts go in; all users and one user's post come out."""
        for row in (ALICE, BOB, CHARLIE):
            self.typed.insert("users", row)
            self.tell(f"inserted user {as_text(row)}")
        for row in (HELLO, TIPS):
            self.typed.insert("posts", row)
            self.tell(f"inserted post {as_text(row)}")
        self.read("all users", "users", BY_ID, [ALICE, BOB, CHARLIE])
        of_alice = Query(filter='{"Eq":["user",{"Uint32":1}]}')
        self.read("posts of user 1", "posts", of_alice, [HELLO])

    def commit(self) -> None:
        """A user inserted in a transaction is there after its commit."""
        transaction = self.typed.begin_transaction()
        expect("the first transaction", transaction, 0)
        self.typed.insert("users", DIANA, transaction)
        self.typed.commit(transaction)
        self.read("after commit", "users", by_id(4), [DIANA])

    def roll_back(self) -> None:
        """A user inserted in a transaction is gone after its rollback."""
        transaction = self.typed.begin_transaction()
        expect("the second transaction", transaction, 1)
        self.typed.insert("users", EVE, transaction)
        self.typed.rollback(transaction)
        self.read("after rollback", "users", by_id(5), [])

    def migrate(self) -> None:
        """Tables that are as registered need no migration."""
        expect("drift", self.typed.has_drift(), False)
        expect("pending migrations", self.typed.pending_migrations(), [])
        self.typed.migrate(allow_destructive=False)
        self.tell("no drift, 0 pending migrations, migrated")

    def read_all(self) -> None:
        """What is left at the end."""
        self.read("users at the end", "users", BY_ID, [ALICE, BOB, CHARLIE, DIANA])

    def read(self, what: str, table: str, query: Query, wanted: list[Cells]) -> None:
        """Selects, shows and checks."""
        rows = self.typed.select(table, query)
        expect(what, rows, wanted)
        self.tell(f"{what}: {', '.join(map(as_text, rows)) or 'none'}")

    def tell(self, text: str) -> None:
        self.console.print(f"  {text}", markup=False, highlight=False)


def by_id(id: int) -> Query:
    """The user with this number."""
    return Query(filter=f'{{"Eq":["id",{{"Uint32":{id}}}]}}')


def as_text(row: Cells) -> str:
    """`{ id: 1, name: "Alice" }`"""
    cells = [
        f'{name}: "{value}"' if case == "text-val" else f"{name}: {value}"
        for name, (case, value) in row.items()
    ]
    return f"{{ {', '.join(cells)} }}"
