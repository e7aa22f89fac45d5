"""Ctrl-C while the main thread is inside an engine.

    Ctrl-C ──> Python's handler in C ──┬──> KeyboardInterrupt, as soon as the main thread runs
                                       │    Python again
                                       └──> a byte to a pipe ──> our thread ──> the engine
                                                                 stops and returns

A call of an engine runs no Python until it returns, so without this Ctrl-C would wait for the end
of the longest query. The calls themselves cost no more for it.

Only what Python does by default is hurried on: a program with a handler of its own for SIGINT
decides itself what is to stop, and can call `Database.cancel` from another thread. Where somebody
else has Python's wake-up descriptor already, such as an event loop that handles signals, or where
no database is opened by the main thread, Ctrl-C takes effect when the call returns.

A byte does not say when its signal came: a statement that begins right after a KeyboardInterrupt
may be taken for the one that was meant, and end with Cancelled.
"""

import functools
import os
import signal
import threading
from typing import Protocol
from weakref import WeakSet

NO_DESCRIPTOR = -1
SIGNALS_READ = 512


class Interruptible(Protocol):
    """What can be stopped while the main thread is inside it."""

    def interrupt(self) -> None: ...


class Interrupts:
    """The pipe of this process, its thread, and the engines that are told."""

    def __init__(self) -> None:
        self._engines: WeakSet[Interruptible] = WeakSet()
        self._lock = threading.Lock()
        reader, self._writer = os.pipe()
        os.set_blocking(self._writer, False)
        threading.Thread(
            target=self._listen, args=(reader,), name="wasidb-interrupts", daemon=True
        ).start()

    def tell(self, engine: Interruptible) -> None:
        """Tell an engine of Ctrl-C from now on, for as long as it exists."""
        with self._lock:
            self._engines.add(engine)
        if threading.current_thread() is threading.main_thread():
            self._install()

    def _install(self) -> None:
        others = signal.set_wakeup_fd(self._writer, warn_on_full_buffer=False)
        if others not in (NO_DESCRIPTOR, self._writer):
            signal.set_wakeup_fd(others)

    def uninstall(self) -> None:
        """Leave the signals to others again."""
        others = signal.set_wakeup_fd(NO_DESCRIPTOR)
        if others != self._writer:
            signal.set_wakeup_fd(others)

    def _listen(self, reader: int) -> None:
        while signals := os.read(reader, SIGNALS_READ):
            if signal.SIGINT in signals and is_left_to_python():
                with self._lock:
                    engines = list(self._engines)
                for engine in engines:
                    engine.interrupt()


def is_left_to_python() -> bool:
    """Whether Ctrl-C raises KeyboardInterrupt."""
    return signal.getsignal(signal.SIGINT) is signal.default_int_handler


_starting = threading.Lock()


@functools.cache
def _interrupts() -> Interrupts:
    return Interrupts()


def tell_of_interrupts(engine: Interruptible) -> None:
    """Stop what the main thread does in an engine when the user presses Ctrl-C."""
    with _starting:
        interrupts = _interrupts()
    interrupts.tell(engine)


def _forget_in_child() -> None:
    """A forked process has the pipe of its parent, and not the thread."""
    if _interrupts.cache_info().currsize:
        _interrupts().uninstall()
        _interrupts.cache_clear()


os.register_at_fork(after_in_child=_forget_in_child)
