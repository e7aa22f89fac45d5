"""An engine of this process on a memory provider of the test's."""

from wasidb_guest.api.engine import Engine
from wasidb_guest.transactions.store import Store
from wasidb_memory import MemoryProvider


class EngineOnMemory(Engine):
    """An engine that has opened `memory`."""

    def __init__(self, memory: MemoryProvider) -> None:
        super().__init__()
        self._store = Store(memory)
