"""Ctrl-C that waits until something has been done as a whole.

    with interrupts_deferred():
        number = begin()           a KeyboardInterrupt in here would lose the number
                                   <── it is raised here

For the beginning and the end of a transaction, which are short: one that was begun and that nobody
knows of would be open for ever. Where a program has a handler of its own, or in other threads, no
KeyboardInterrupt is raised anyway.
"""

import contextlib
import signal
import threading
from collections.abc import Iterator


@contextlib.contextmanager
def interrupts_deferred() -> Iterator[None]:
    """Raises a KeyboardInterrupt that comes during the block at its end."""
    python = signal.default_int_handler
    is_main = threading.current_thread() is threading.main_thread()
    if not is_main or signal.getsignal(signal.SIGINT) is not python:
        yield
        return
    came: list[int] = []
    signal.signal(signal.SIGINT, lambda number, _: came.append(number))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, python)
        if came:
            raise KeyboardInterrupt
