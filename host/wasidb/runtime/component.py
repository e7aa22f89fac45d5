"""The engine as a WebAssembly component: one instance for one database.

    wasidb.wasm -- once --> Compiled: wasmtime's engine, component, linker
                              |
                              +-- ComponentEngine: store, instance, functions
                              |     sees  /          the folder of its database
                              |           /exchange  bulk data, in memory
                              +-- ComponentEngine ...

The component sees two folders and nothing else of the machine: no environment, no network that
would be of use, no other files. Standard error is ours, so that what the engine has to say before
it dies is seen.

A trap ends the instance, and so does memory that has run out: whoever made the call gets
`ComponentFailed` or `LimitExceeded`, and the next call finds a new instance, which has been told to
open the same file. Nothing has to be saved for that, because a commit is durable when it returns
and opening recovers. Open transactions, statements and cursors went with the old instance; the new
one does not know their numbers. One call at a time enters an instance; other threads wait, and can
ask for it to be stopped.

Python runs finalizers and signal handlers between any two lines, also in the midst of a call, for
which they cannot wait: it goes on when they have returned. What lets go of something, as an
iterator does that nobody uses any more, is done when the call has ended; all else is refused.

Stack sizes: wasmtime's own limit of 512 KiB turns deep recursion in the guest into a trap, 6 MiB
let CPython notice first and raise RecursionError. Calls run on the stack of their thread; wasmtime
refuses that limit where its fibers, which nothing here uses, have less, hence 8 MiB for them.
"""

import contextlib
import ctypes
import functools
import os
import threading
from collections.abc import Callable
from pathlib import Path
from threading import get_ident
from typing import Any

from wasmtime import Config, Store, WasiConfig, WasmtimeError, _ffi
from wasmtime import Engine as WasmtimeEngine
from wasmtime.component import ExportIndex, Instance, Linker

from wasidb.errors import (
    ComponentDamaged,
    ComponentFailed,
    DbmsError,
    ForkedProcess,
    InvalidQuery,
    InvalidValue,
    LimitExceeded,
    NotOpen,
)
from wasidb.runtime import artifact
from wasidb.runtime.cancellation import CANCEL_NAME, Cancellation
from wasidb.runtime.contract import INTERFACES, PACKAGE, interface
from wasidb.runtime.deferral import interrupts_deferred
from wasidb.runtime.engine import Call, Exchange
from wasidb.runtime.exchange import ExchangeFolder
from wasidb.runtime.interrupts import tell_of_interrupts
from wasidb.runtime.signatures import Interface
from wasidb.runtime.wire import BOOL, VALUE, Slot, WireType, is_small, value_at

WASM_STACK_BYTES = 6 << 20
FIBER_STACK_BYTES = 8 << 20
MEMORY_MAX = 4 << 30
MEMORY_MIN = 32 << 20
ENGINE_MEMORY = "engine memory"
EXCHANGE_NAME = "/exchange"
CANCEL_FILE = f"{EXCHANGE_NAME}/{CANCEL_NAME}"
LETTING_GO = frozenset({"close-cursor", "close-statement", "rollback", "rollback-to", "release"})
"""Functions that give nothing, and that are called when a generator is closed."""
REPLACED = "; another takes its place: what is committed is safe, open transactions are gone"

# Fresh handles on the library's functions, without the pointer objects of the stock ones. Arguments
# are what `_address` and `_count` have made for C, once: a function with `argtypes` would make them
# again for each call.
_call = _ffi.dll["wasmtime_component_func_call"]
_call.restype = ctypes.c_void_p
_delete = _ffi.dll["wasmtime_component_val_delete"]
_delete.restype = None
_address = ctypes.c_void_p.from_param
_count = ctypes.c_size_t.from_param


class InstanceStore(Store):
    """Where an instance lives. It says whether it still does: the garbage collector closes what it
    finds together in any order, a store before the iterator of rows that is going to let go of its
    cursor, and a call would go to memory that is gone.
    """

    is_alive = True

    def _delete(self, ptr: Any) -> None:
        self.is_alive = False
        super()._delete(ptr)


class Compiled:
    """What all databases of a process share: the compiled component."""

    def __init__(self, path: Path) -> None:
        self.process, self.generation = os.getpid(), _generation
        self.path = path
        config = Config()
        _ffi.wasmtime_config_async_stack_size_set(config.ptr(), FIBER_STACK_BYTES)
        config.max_wasm_stack = WASM_STACK_BYTES
        # Nothing here is asynchronous; keeping track of tasks takes a tenth of an empty call.
        _ffi.wasmtime_config_concurrency_support_set(config.ptr(), False)
        self.engine = WasmtimeEngine(config)
        self.component = artifact.load(self.engine, path)
        self.linker = Linker(self.engine)
        self.linker.add_wasip2()
        for name, each in INTERFACES.items():
            for function in each.functions:
                self.export(name, function)

    def export(self, interface: str, function: str) -> ExportIndex:
        """Where the component keeps a function; ComponentDamaged when it has none of that name."""
        name = f"{PACKAGE}/{interface}"
        instance = self.component.get_export_index(name)
        export = instance and self.component.get_export_index(function, instance)
        if not export:
            message = f"{self.path} does not export {name}#{function}"
            raise ComponentDamaged(message, path=str(self.path))
        return export

    def instantiate(
        self, folders: dict[str, tuple[Path, bool]], memory: int
    ) -> tuple[InstanceStore, Instance]:
        """A new instance that sees `folders`, each given with whether it may write to it, and has
        at most so many bytes of memory.
        """
        wasi = WasiConfig()
        wasi.inherit_stderr()
        for name, (folder, is_writable) in folders.items():
            wasi.preopen_dir(str(folder), name, is_writable)
        store = InstanceStore(self.engine)
        store.set_wasi(wasi)
        store.set_limits(memory_size=memory)
        try:
            return store, self.linker.instantiate(store, self.component)
        except WasmtimeError as error:
            raise ComponentDamaged(f"the component does not start: {last_line(error)}") from error


_compiling = threading.Lock()


@functools.cache
def _compiled(path: Path) -> Compiled:
    return Compiled(path)


def compiled(path: Path) -> Compiled:
    """The component at `path`, loaded once in a process."""
    with _compiling:
        shared = _compiled(path.resolve())
    if shared.generation != _generation:
        raise forked(shared.process)
    return shared


def forked(owner: int) -> ForkedProcess:
    """The error in a child of the process that has loaded the component."""
    return ForkedProcess(
        f"this process was forked from {owner}, which has used an engine: neither its databases "
        "nor others can be used here; spawn the process, or fork it before any database is opened",
        pid=owner,
    )


_generation = 0
"""How many forks lie between the first process and this one: to ask the system for the number of
the process takes a twentieth of a look-up.
"""


def _count_fork() -> None:
    global _generation
    _generation += 1


os.register_at_fork(after_in_child=_count_fork)


NOTHING = object()
"""What is not given by anyone."""

SHORT = 1_024
"""Characters of a text that may as well stay where it is."""


class Argument:
    """The place of one argument of a function. A number, a name or a short text stays in it: the
    handle of a statement or that of a transaction is often the same in the next call, and to let go
    of what is given anew takes a step more.
    """

    __slots__ = ("_fill", "_is_small", "_keep", "_slot", "given", "stays")

    def __init__(self, slot: Slot, wire_type: WireType) -> None:
        self._slot, self._fill, self._is_small = slot, wire_type.fill, is_small(wire_type)
        self._keep: list[object] = []
        self.given: object = NOTHING
        self.stays = self._is_small

    def give(self, value: object) -> None:
        """Puts a value there. An interruption leaves nothing that a later call would rely on."""
        self.given = NOTHING
        keep: list[object] = []
        self._fill(self._slot, value, keep)
        self.stays = self._is_small or (type(value) is str and len(value) <= SHORT)
        self._keep, self.given = keep, value

    def let_go(self) -> None:
        """Forgets the value, which may be large, or be another one when it is given again."""
        self.given, self._keep, self._slot.second = NOTHING, [], None


class Function:
    """One function of one instance, ready to be called.

    The memory that a call needs, and all addresses in it, are the same for every call. So calls
    must not overlap; an instance can only be in one of them anyway.
    """

    def __init__(
        self, interface: Interface, name: str, store: Store, instance: Instance, export: ExportIndex
    ) -> None:
        func = instance.get_func(store, export)
        if func is None:
            raise ComponentDamaged(f"the component's export {name!r} is not a function")
        parameters, ok = interface.functions[name]
        self.read = None if ok is None else ok.read
        self.interface = interface
        self.func = func._func
        self.array = (Slot * len(parameters))()
        self.arguments = list(map(Argument, self.array, parameters))
        result, spent = Slot(), Slot()
        self.result, self.spent = memoryview(result).cast("B"), memoryview(spent).cast("B")
        self.spent_address = _address(ctypes.addressof(spent))
        self.call = (
            _address(ctypes.addressof(self.func)),
            _address(ctypes.cast(store._context(), ctypes.c_void_p).value),
            _address(ctypes.addressof(self.array)),
            _count(len(parameters)),
            _address(ctypes.addressof(result)),
            _count(1),
        )

    def __call__(self, *values: Any) -> Any:
        """The ok value. Raises the exception of an error value, WasmtimeError after a trap."""
        for argument, value in zip(self.arguments, values, strict=True):
            if argument.given is not value:
                argument.give(value)
        error = _call(*self.call)
        for argument in self.arguments:
            if not argument.stays:
                argument.let_go()
        if error:
            pointer = ctypes.cast(error, ctypes.POINTER(_ffi.wasmtime_error_t))
            raise WasmtimeError._from_ptr(pointer)
        try:
            _, is_ok, payload, _ = VALUE.unpack(self.result)
            if not is_ok & 1:
                raise self.interface.exception(value_at(self.interface.fault, payload))
            if self.read is None:
                return None
            _, first, second, third = VALUE.unpack(Slot.from_address(payload))
            return self.read(first, second, third)
        finally:
            # wasmtime deletes what it finds in the result before it writes. A KeyboardInterrupt
            # comes between any two lines: at worst the value is never deleted, but not twice.
            self.spent[:] = self.result
            self.result[0] = BOOL
            _delete(self.spent_address)


class Functions(dict[tuple[str, str], Function]):
    """The functions of an instance by interface and name, each made when it is first called."""

    def __init__(self, compiled: Compiled, store: Store, instance: Instance) -> None:
        super().__init__()
        self._compiled, self._store, self._instance = compiled, store, instance

    def __missing__(self, place: tuple[str, str]) -> Function:
        # What wasmtime needs on the way has finalizers, in which an interruption would be lost.
        with interrupts_deferred():
            self[place] = self._made(*place)
        return self[place]

    def _made(self, name: str, function: str) -> Function:
        export = self._compiled.export(name, function)
        return Function(interface(name), function, self._store, self._instance, export)


def nothing(_: Call) -> None:
    """What a new instance without a file is told."""


class ComponentEngine:
    """An instance of the component, with `folder` as its root. Satisfies `engine.Engine`.

    `memory` is the most that an instance can have, in bytes; 4 GiB is all that WebAssembly can
    address. `restore` is given the way to call an instance that replaces one that has failed.
    """

    def __init__(
        self,
        folder: Path,
        *,
        read_only: bool = False,
        memory: int = MEMORY_MAX,
        restore: Callable[[Call], None] = nothing,
        component: Path | None = None,
    ) -> None:
        if not isinstance(memory, int) or not MEMORY_MIN <= memory <= MEMORY_MAX:
            expected = f"a number of bytes from {MEMORY_MIN:,} to {MEMORY_MAX:,}"
            raise InvalidValue(f"memory is {expected}, not {memory!r}", expected=expected)
        self._compiled = compiled(component or artifact.locate())
        self._memory = memory
        self._restore = restore
        self._exchange_folder = ExchangeFolder()
        self.exchange = Exchange(self._exchange_folder.path, EXCHANGE_NAME)
        self._cancellation = Cancellation(self.exchange.folder)
        self._lock = threading.RLock()  # of the calls that a thread may make in another, see above
        self._caller: int | None = None
        self._postponed: list[tuple[Any, ...]] = []
        self._has_failed = False
        self._folders = {"/": (folder, not read_only), EXCHANGE_NAME: (self.exchange.folder, True)}
        self._store: InstanceStore | None = None
        self._start()
        tell_of_interrupts(self)

    def _start(self) -> None:
        """Make an instance, in the place of the one there is."""
        store, instance = self._compiled.instantiate(self._folders, self._memory)
        self._functions = Functions(self._compiled, store, instance)
        lost, self._store = self._store, store
        if lost is not None:
            lost.close()

    def call(self, interface: str, function: str, *arguments: Any) -> Any:
        """See `engine.Engine.call`."""
        if self._compiled.generation != _generation:
            raise forked(self._compiled.process)
        thread = get_ident()
        if self._caller == thread:
            if function not in LETTING_GO:
                self.check_free()
            self._postponed.append((interface, function, *arguments))
            return None
        with self._lock:
            try:
                self._caller = thread
                if self._has_failed or self._cancellation.is_requested:
                    self._get_ready()
                return self._enter(interface, function, *arguments)
            finally:
                self._caller = None
                if self._postponed:
                    self._let_go()

    def check_free(self) -> None:
        """See `engine.Engine.check_free`."""
        if self._caller == get_ident():
            raise InvalidQuery(
                "this thread is in a call of the database already, which a signal handler or a"
                " finalizer has come into: let it return first"
            )

    def _let_go(self) -> None:
        """Makes the calls that were postponed; what they are about may be gone by now."""
        while self._postponed:
            with contextlib.suppress(DbmsError):
                self.call(*self._postponed.pop(0))

    def _get_ready(self) -> None:
        """Forget what the last call has left, and have an instance to call. Raises NotOpen."""
        self._cancellation.withdraw()
        if self._store is None:
            raise NotOpen("the engine has been closed")
        if self._has_failed:
            self._start()
            self._restore(self._enter)
            self._has_failed = False

    def _enter(self, interface: str, function: str, *arguments: Any) -> Any:
        """Calls the instance there is."""
        if self._store is None or not self._store.is_alive:
            raise NotOpen("the engine has been closed")
        try:
            return self._functions[interface, function](*arguments)
        except WasmtimeError as error:
            self._has_failed = True
            message = f"the engine failed in {interface}.{function}: {last_line(error)}{REPLACED}"
            raise ComponentFailed(message, interface=interface, function=function) from error
        except LimitExceeded as error:
            if error.details.get("limit") == ENGINE_MEMORY:
                self._has_failed = True
                error.restate(
                    f"{error.message}, {self._memory:,} bytes, in {interface}.{function}: "
                    f"open the database with more memory=, or do less at a time{REPLACED}"
                )
            raise

    def cancel(self) -> None:
        """See `engine.Engine.cancel`."""
        if self._caller is not None:
            self._cancellation.request()

    def interrupt(self) -> None:
        """Stops the call that the main thread is in."""
        if self._caller == threading.main_thread().ident:
            self.cancel()

    def close(self) -> None:
        """Lets go of the instance; the memory it held is returned to the system."""
        if self._compiled.generation != _generation:
            return
        with self._lock:
            self.check_free()
            store, self._store = self._store, None
            self._functions.clear()
            if store is not None:
                store.close()
            self._exchange_folder.remove()


def last_line(error: WasmtimeError) -> str:
    """The line of a wasmtime error that says what happened; those before it are a backtrace."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[-1] if lines else "unknown trap"
