"""Ctrl-C that waits until something has been done as a whole.

    with interrupts_deferred():
        number = begin()           a KeyboardInterrupt in here would lose the number
                                   <── it is raised here

For calls whose answer nobody could do without: a transaction that was begun, and whose number was
lost, would be open for ever. Where a program has a handler of its own, or in other threads, no
KeyboardInterrupt is raised anyway.

Signals are asked for in C, beneath `signal`, which looks each handler up among the members of an
enum: that takes five times as long as all else here, and every transaction begins and ends with it.
"""

import contextlib
import threading
from _signal import SIGINT, default_int_handler, getsignal, signal  # type: ignore[import-not-found]
from collections.abc import Iterator


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
