"""Ctrl-C that waits until something has been done as a whole.

    with interrupts_deferred():
        number = begin()           a KeyboardInterrupt in here would lose the number
                                   <── it is raised here

For calls whose answer nobody could do without: a transaction that was begun, and whose number was
lost, would be open for ever. Where a program has a handler of its own, or in other threads, no
KeyboardInterrupt is raised anyway.
"""

import contextlib
import threading
from collections.abc import Iterator
from signal import SIGINT, default_int_handler, getsignal, signal


@contextlib.contextmanager
def interrupts_deferred() -> Iterator[None]:
    """Raises a KeyboardInterrupt that comes during the block at its end."""
    is_main = threading.current_thread() is threading.main_thread()
    if not is_main or getsignal(SIGINT) is not default_int_handler:
        yield
        return
    came: list[int] = []
    signal(SIGINT, lambda number, _: came.append(number))
    try:
        yield
    finally:
        signal(SIGINT, default_int_handler)
        if came:
            raise KeyboardInterrupt
