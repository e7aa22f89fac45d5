"""How long to wait before a transaction that met Conflict is run again."""

from collections.abc import Iterator

ATTEMPTS = 20
FIRST_SECONDS = 0.0005
MOST_SECONDS = 0.05


def pauses(attempts: int) -> Iterator[float]:
    """The seconds between so many attempts: random, so that two that were in each other's way part,
    and longer each time, so that many do.
    """
    import random  # which few programs need, and all would wait for

    for number in range(attempts - 1):
        yield random.uniform(0, min(MOST_SECONDS, FIRST_SECONDS * 2**number))
