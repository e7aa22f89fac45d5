"""Instances of a component: calls, errors, traps, and what they leave behind."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from wasmtime import wat2wasm

from tests.unit.host.echo_component import TRAPS, component
from wasidb.errors import (
    WIRE_ERRORS,
    ComponentDamaged,
    ComponentFailed,
    InvalidQuery,
    InvalidValue,
    NotOpen,
)
from wasidb.runtime.cancellation import CANCEL_NAME
from wasidb.runtime.component import MEMORY_MIN, ComponentEngine
from wasidb.runtime.engine import Call


class During(str):
    """An argument of a call that runs something in the midst of it."""

    def __new__(cls, _: Callable[[], object]) -> "During":
        return super().__new__(cls, "during")

    def __init__(self, work: Callable[[], object]) -> None:
        self.work = work

    def encode(self, *_: str) -> bytes:
        self.work()
        return super().encode()


@pytest.fixture(scope="module")
def echo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The echo component as a file, and a cache of its own to compile it into."""
    folder = tmp_path_factory.mktemp("component")
    path = folder / "echo.wasm"
    path.write_bytes(wat2wasm(component()))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(folder))
        yield path


@pytest.fixture
def engine(echo: Path, tmp_path: Path) -> Iterator[ComponentEngine]:
    """An instance of it."""
    engine = ComponentEngine(tmp_path, component=echo)
    yield engine
    engine.close()


@pytest.mark.parametrize("text", ["", "x", "héllo 😀", "\0", "y" * 1_000_000])
def test_text_goes_there_and_back(engine: ComponentEngine, text: str) -> None:
    assert engine.call("rows", "select", text, None) == text


def test_result_without_a_value(engine: ComponentEngine) -> None:
    assert engine.call("maintenance", "open", "/x", "{}") is None


def test_bytes_go_there(engine: ComponentEngine) -> None:
    assert engine.call("columns", "insert-bytes", "t", bytes(5000), None) == 5000


def test_arguments_are_those_of_this_call(engine: ComponentEngine) -> None:
    third, fourth = list(WIRE_ERRORS.values())[3:5]
    texts = ["a", "a" * 1000, "b"]
    for number, expected in ((3, third), (3, third), (4, fourth), (3, third)):
        with pytest.raises(expected):
            engine.call("rows", "select", texts[0], number)
        with pytest.raises(InvalidValue):
            engine.call("rows", "select", texts[0], -1)
        with pytest.raises(expected):
            engine.call("rows", "select", texts[1], number)
        assert [engine.call("rows", "select", text, None) for text in texts] == texts


@pytest.mark.parametrize("number", [n for n in range(len(WIRE_ERRORS)) if n != TRAPS])
def test_every_error_has_its_class(engine: ComponentEngine, number: int) -> None:
    expected = list(WIRE_ERRORS.values())[number]
    with pytest.raises(expected, match="out of order") as raised:
        engine.call("rows", "select", "", number)
    assert type(raised.value) is expected
    assert raised.value.details == {"table": "t"}
    assert engine.call("rows", "select", "still there", None) == "still there"


def test_trap_ends_the_instance_and_no_other(engine: ComponentEngine, echo: Path) -> None:
    other = ComponentEngine(engine.exchange.folder, component=echo)
    with pytest.raises(ComponentFailed, match=r"rows\.select: wasm trap: .*unreachable"):
        engine.call("rows", "select", "", TRAPS)
    assert engine.call("rows", "select", "another", None) == "another"
    assert other.call("rows", "select", "alive", None) == "alive"
    other.close()


def test_new_instance_is_told_what_the_old_one_knew(echo: Path, tmp_path: Path) -> None:
    told: list[str] = []

    def restore(call: Call) -> None:
        told.append(call("rows", "select", "the file", None))
        if len(told) < 3:
            call("rows", "select", "", TRAPS)

    engine = ComponentEngine(tmp_path, component=echo, restore=restore)
    for _ in range(3):  # once for itself, and twice while it is restored
        with pytest.raises(ComponentFailed):
            engine.call("rows", "select", "", TRAPS)
    assert engine.call("rows", "select", "sound", None) == "sound"
    assert engine.call("rows", "select", "sound", None) == "sound"
    assert told == ["the file"] * 3
    engine.close()


def test_instance_has_as_much_memory_as_it_is_given(echo: Path, tmp_path: Path) -> None:
    with pytest.raises(InvalidValue, match="memory is a number of bytes from 33,554,432"):
        ComponentEngine(tmp_path, component=echo, memory=1 << 20)
    engine = ComponentEngine(tmp_path, component=echo, memory=MEMORY_MIN)
    with pytest.raises(ComponentFailed, match="memory"):
        engine.call("rows", "select", "y" * MEMORY_MIN, None)
    assert engine.call("rows", "select", "less", None) == "less"
    engine.close()


def test_wrong_argument_leaves_the_instance_alone(engine: ComponentEngine) -> None:
    with pytest.raises(InvalidValue, match="expected a str, got 7"):
        engine.call("rows", "select", 7, None)
    assert engine.call("rows", "select", "alive", None) == "alive"


def test_closed_engine_says_so_and_leaves_no_folder(engine: ComponentEngine) -> None:
    folder = engine.exchange.folder
    assert folder.is_dir()
    assert folder.stat().st_mode & 0o077 == 0
    engine.close()
    engine.close()
    assert not folder.exists()
    with pytest.raises(NotOpen, match="closed"):
        engine.call("rows", "select", "", None)


def test_store_that_was_collected_first_is_not_entered(engine: ComponentEngine) -> None:
    store = engine._store
    assert store is not None
    store.close()
    with pytest.raises(NotOpen, match="closed"):
        engine.call("rows", "select", "", None)


def test_forgotten_engine_leaves_no_folder(echo: Path, tmp_path: Path) -> None:
    folder = ComponentEngine(tmp_path, component=echo).exchange.folder
    assert not folder.exists()


def test_exchange_names(engine: ComponentEngine) -> None:
    exchange = engine.exchange
    assert exchange.name_of(exchange.folder / "a.arrow") == "/exchange/a.arrow"


def test_only_a_call_that_is_going_on_is_cancelled(engine: ComponentEngine) -> None:
    request = engine.exchange.folder / CANCEL_NAME
    engine.cancel()
    assert not request.exists()
    engine.call("rows", "select", During(engine.cancel), None)
    assert request.exists()
    assert engine.call("rows", "select", "not meant", None) == "not meant"
    assert not request.exists()


def test_interrupt_is_for_the_main_thread(engine: ComponentEngine) -> None:
    request = engine.exchange.folder / CANCEL_NAME

    def interrupt_after_a_call() -> bool:
        engine.call("rows", "select", During(engine.interrupt), None)
        return request.exists()

    with ThreadPoolExecutor(1) as another:
        assert not another.submit(interrupt_after_a_call).result()
    assert interrupt_after_a_call()


def test_what_a_finalizer_lets_go_of_is_let_go_of_after_the_call(engine: ComponentEngine) -> None:
    cursors: list[object] = []

    def finalize() -> None:
        cursors.append(engine.call("rows", "close-cursor", 7))
        engine.call("rows", "rollback", "no number")  # which fails when nobody waits for it

    during = During(finalize)
    assert engine.call("rows", "select", during, None) == during
    assert cursors == [None]
    assert engine.call("rows", "select", "next", None) == "next"


@pytest.mark.parametrize(
    "work", [lambda e: e.call("rows", "select", "", None), ComponentEngine.close]
)
def test_call_in_the_midst_of_a_call_of_the_same_thread(
    engine: ComponentEngine, work: Callable[[ComponentEngine], object]
) -> None:
    with pytest.raises(InvalidQuery, match="in a call of the database already"):
        engine.call("rows", "select", During(lambda: work(engine)), None)
    assert engine.call("rows", "select", "next", None) == "next"


def test_threads_take_turns(engine: ComponentEngine) -> None:
    answers: list[bool] = []

    def ask(letter: str) -> None:
        text = letter * 10_000
        answers.extend(engine.call("rows", "select", text, None) == text for _ in range(50))

    threads = [threading.Thread(target=ask, args=(letter,)) for letter in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [True] * 200


def test_component_without_a_function(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    path = tmp_path / "short.wasm"
    path.write_bytes(wat2wasm(component(without="maintenance.check")))
    with pytest.raises(ComponentDamaged, match="does not export wasm-dbms:dbms/maintenance#check"):
        ComponentEngine(tmp_path, component=path)
