"""Random scripts for transactions side by side on one table of keys and amounts.

    serializable, rows {0: 3, 5: 1}, reading only: {2}
    1 amounts 2..4                  a step: session, kind, from .. to
    2 get 5..5
    1 update_keys 5..5 to 2         or, with the new amount
    1 commit                        a session is one transaction, begun by its first step

The same seed gives the same script. What the kinds are is said by `history_play`.
"""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

KEYS = 8
AMOUNTS = 6
SESSIONS = (3, 3, 3, 3, 4, 4, 4, 5, 5, 6, 7, 8)
STEPS = (1, 1, 2, 2, 3)
READERS = 0.15
ROLLBACKS = 0.1
SAVEPOINTS = 0.1

OF_ONE_KEY = ("get", "insert", "upsert")
OF_KEYS = (*OF_ONE_KEY, "keys", "update_keys", "delete_keys")
OF_ALL = ("all", "sum_all")
READS = ("get", "keys", "amounts", "equal", "first", "sum", "count", "exists", *OF_ALL)
WRITES = ("insert", "upsert", "update_keys", "update_amounts", "delete_keys", "delete_amounts")


@dataclass(frozen=True, slots=True)
class Step:
    """What a session does, to the rows with keys or amounts from `low` to `high`, as far as they
    come not behind `last`, an amount and a key.
    """

    session: int
    kind: str
    low: int = 0
    high: int = 0
    amount: int = 0
    last: tuple[int, int] = (AMOUNTS, KEYS)

    def __str__(self) -> str:
        if self.kind not in (*READS, *WRITES):
            return f"{self.session} {self.kind}"
        rows = "" if self.kind in OF_ALL else f" {self.low}..{self.high}"
        is_given = self.kind in WRITES and not self.kind.startswith("delete")
        return f"{self.session} {self.kind}{rows}" + (f" to {self.amount}" if is_given else "")

    def is_about(self, key: int, amount: int) -> bool:
        """Whether a row is among those rows."""
        if self.kind in OF_ALL:
            return True
        is_between = self.low <= (key if self.kind in OF_KEYS else amount) <= self.high
        return is_between and (amount, key) <= self.last


@dataclass(frozen=True)
class Script:
    """The level, the rows to begin with, key to amount, who only reads, and the steps."""

    isolation: str
    rows: Mapping[int, int]
    readers: frozenset[int]
    steps: Sequence[Step]

    def __str__(self) -> str:
        head = f"{self.isolation}, rows {self.rows}, reading only: {set(self.readers)}"
        return "\n".join([head, *map(str, self.steps)])


def draw_script(seed: int) -> Script:
    """Three to eight transactions of up to three steps each."""
    chance = random.Random(seed)
    sessions = range(chance.choice(SESSIONS))
    readers = frozenset(each for each in sessions if chance.random() < READERS)
    turns = [each for each in sessions for _ in range(1 + chance.choice(STEPS))]
    chance.shuffle(turns)
    ends = {session: place for place, session in enumerate(turns)}
    keys = sorted(chance.sample(range(KEYS), chance.randint(2, KEYS - 2)))
    return Script(
        isolation="serializable" if seed % 3 else "snapshot",
        rows={key: chance.randrange(AMOUNTS) for key in keys},
        readers=readers,
        steps=[
            draw_end(chance, session)
            if ends[session] == place
            else draw_step(chance, session, is_reader=session in readers)
            for place, session in enumerate(turns)
        ],
    )


def draw_end(chance: random.Random, session: int) -> Step:
    return Step(session, "rollback" if chance.random() < ROLLBACKS else "commit")


def draw_step(chance: random.Random, session: int, *, is_reader: bool) -> Step:
    if not is_reader and chance.random() < SAVEPOINTS:
        return Step(session, chance.choice(("savepoint", "back")))
    kind = chance.choice(READS if is_reader or chance.random() < 0.5 else WRITES)
    limit = KEYS if kind in OF_KEYS else AMOUNTS
    low = chance.randrange(limit)
    width = 0 if kind in (*OF_ONE_KEY, "equal") else chance.choice((0, 0, 1, 2))
    return Step(session, kind, low, min(low + width, limit - 1), chance.randrange(AMOUNTS))
