"""Finding the component, and keeping its compiled form."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import wasmtime

from wasidb.errors import ComponentDamaged, ComponentMissing
from wasidb.runtime import artifact, familiar

TINY = "(component)"


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache of its own."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "wasidb"


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    """The smallest component."""
    path = tmp_path / "tiny.wasm"
    path.write_bytes(wasmtime.wat2wasm(TINY))
    return path


@pytest.fixture
def engine() -> wasmtime.Engine:
    return wasmtime.Engine()


def test_compiled_once(
    cache: Path, tiny: Path, engine: wasmtime.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    artifact.load(engine, tiny)
    (cached,) = cache.iterdir()
    assert cached.suffix == ".cwasm"
    assert cache.stat().st_mode & 0o777 == 0o700
    monkeypatch.setattr(artifact, "compiled", lambda *_: pytest.fail("compiled again"))
    artifact.load(engine, tiny)


@pytest.fixture
def settled(cache: Path, tiny: Path, engine: wasmtime.Engine) -> Path:
    """The compiled form of the smallest component, of which both have been noted."""
    artifact.load(engine, tiny)
    (cached,) = cache.iterdir()
    os.utime(cached, (0, 0))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(familiar, "SETTLED_NANOSECONDS", -(10**9))
        artifact.load(engine, tiny)
    return cached


def test_files_that_have_passed_are_not_read_again(
    settled: Path, tiny: Path, engine: wasmtime.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(artifact, "key_of", lambda _: pytest.fail("read the component"))
    monkeypatch.setattr(artifact, "is_sound", lambda _: pytest.fail("read its compiled form"))
    artifact.load(engine, tiny)
    assert settled.stat().st_atime > 0


def test_files_that_have_just_been_written_are_read_again(
    cache: Path, tiny: Path, engine: wasmtime.Engine
) -> None:
    artifact.load(engine, tiny)
    artifact.load(engine, tiny)
    assert [file.suffix for file in cache.iterdir()] == [".cwasm"]


def test_component_of_the_same_size_and_age_is_read(
    settled: Path, tiny: Path, engine: wasmtime.Engine
) -> None:
    status = tiny.stat()
    tiny.write_bytes(b"?" * status.st_size)
    os.utime(tiny, ns=(status.st_atime_ns, status.st_mtime_ns))
    with pytest.raises(ComponentDamaged):
        artifact.load(engine, tiny)


def test_compiled_form_that_has_changed_since_it_was_noted_is_read(
    settled: Path, tiny: Path, engine: wasmtime.Engine
) -> None:
    sound = settled.read_bytes()
    settled.write_bytes(sound[:100] + bytes([sound[100] ^ 1]) + sound[101:])
    artifact.load(engine, tiny)
    assert settled.read_bytes() == sound


@pytest.mark.parametrize("note", [b"", b"{}", b"7", b'{"code": []}', b"\xff"])
def test_damaged_note_is_as_none(
    settled: Path, cache: Path, tiny: Path, engine: wasmtime.Engine, note: bytes
) -> None:
    familiar.note_of(cache, tiny).write_bytes(note)
    assert familiar.recall(cache, tiny) is None
    artifact.load(engine, tiny)


@pytest.mark.parametrize(
    "damage",
    [
        lambda content: b"",
        lambda content: content[:-1],
        lambda content: content[:100] + bytes([content[100] ^ 1]) + content[101:],
        lambda content: content[:-1] + bytes([content[-1] ^ 0x80]),
    ],
    ids=["empty", "cut", "flipped bit", "flipped checksum"],
)
def test_damaged_form_is_replaced(
    cache: Path, tiny: Path, engine: wasmtime.Engine, damage: object
) -> None:
    assert callable(damage)
    artifact.load(engine, tiny)
    (cached,) = cache.iterdir()
    sound = cached.read_bytes()
    cached.write_bytes(damage(sound))
    artifact.load(engine, tiny)
    assert cached.read_bytes() == sound


def test_form_of_another_engine_is_replaced(cache: Path, tiny: Path) -> None:
    config = wasmtime.Config()
    config.consume_fuel = True
    artifact.load(wasmtime.Engine(config), tiny)
    (cached,) = cache.iterdir()
    foreign = cached.read_bytes()
    artifact.load(wasmtime.Engine(), tiny)
    assert cached.read_bytes() != foreign


def test_only_the_last_used_are_kept(cache: Path, tmp_path: Path, engine: wasmtime.Engine) -> None:
    for number in range(artifact.KEPT + 2):
        path = tmp_path / f"{number}.wasm"
        path.write_bytes(
            wasmtime.wat2wasm(f"(component (core module $m{number} (memory {number})))")
        )
        artifact.load(engine, path)
    assert len(list(cache.iterdir())) == artifact.KEPT


def test_what_was_abandoned_goes(cache: Path, tiny: Path, engine: wasmtime.Engine) -> None:
    cache.mkdir(parents=True, mode=0o700)
    old, new = cache / "old.part", cache / "new.part"
    for part in (old, new):
        part.touch()
    os.utime(old, (0, 0))
    artifact.load(engine, tiny)
    assert new.exists()
    assert not old.exists()


THRASH = """
import sys
from pathlib import Path
import wasmtime
from wasidb.runtime import artifact
for _ in range(20):
    for path in sorted(Path(sys.argv[1]).glob("*.wasm")):
        artifact.load(wasmtime.Engine(), path)
"""


def test_processes_share_the_cache(cache: Path, tmp_path: Path) -> None:
    """More components than are kept, so that each removes what others are about to use."""
    for number in range(artifact.KEPT + 1):
        wat = f"(component (core module $m{number} (memory {number})))"
        (tmp_path / f"{number}.wasm").write_bytes(wasmtime.wat2wasm(wat))
    command = [sys.executable, "-c", THRASH, str(tmp_path)]
    processes = [subprocess.Popen(command, stderr=subprocess.PIPE, text=True) for _ in range(2)]
    assert [process.communicate()[1] for process in processes] == ["", ""]
    assert len(list(cache.iterdir())) <= artifact.KEPT + 1


def test_cache_that_others_may_write_is_not_trusted(
    cache: Path, tiny: Path, engine: wasmtime.Engine
) -> None:
    cache.mkdir(parents=True)
    cache.chmod(0o777)
    with pytest.warns(RuntimeWarning, match="chmod 700"):
        artifact.load(engine, tiny)
    assert list(cache.iterdir()) == []


def test_cache_that_cannot_be_made(
    tmp_path: Path, tiny: Path, engine: wasmtime.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    with pytest.warns(RuntimeWarning, match="compiled at every start"):
        artifact.load(engine, tiny)


def test_user_without_a_home(
    tiny: Path, engine: wasmtime.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setattr("os.path.expanduser", lambda path: path)
    with pytest.warns(RuntimeWarning, match="compiled at every start"):
        artifact.load(engine, tiny)


@pytest.mark.usefixtures("cache")
def test_file_that_is_no_component(tmp_path: Path, engine: wasmtime.Engine) -> None:
    path = tmp_path / "x.wasm"
    path.write_bytes(b"not wasm")
    with pytest.raises(ComponentDamaged, match=r"x\.wasm is not a component"):
        artifact.load(engine, path)


@pytest.mark.usefixtures("cache")
def test_component_that_is_not_there(tmp_path: Path, engine: wasmtime.Engine) -> None:
    with pytest.raises(ComponentMissing, match=r"gone\.wasm"):
        artifact.load(engine, tmp_path / "gone.wasm")


def test_locate_takes_the_one_named(tiny: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WASIDB_COMPONENT", str(tiny))
    assert artifact.locate() == tiny


def test_locate_says_where_it_looked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    missing = tmp_path / "nowhere.wasm"
    monkeypatch.setenv("WASIDB_COMPONENT", str(missing))
    with pytest.raises(ComponentMissing) as raised:
        artifact.locate()
    assert raised.value.details["path"] == str(missing)
    assert "WASIDB_COMPONENT" in raised.value.message
