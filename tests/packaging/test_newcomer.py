"""A newcomer's path: a clean environment, the wheel, README and tutorial from top to end."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.packaging.clean_environment import CleanEnvironment, clean_environment
from tests.support.guides import FIRST_STEPS, guide

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> CleanEnvironment:
    folder = tmp_path_factory.mktemp("newcomer")
    hatchling = [sys.executable, "-m", "hatchling", "build", "--target", "wheel"]
    subprocess.run([*hatchling, "--directory", folder], cwd=ROOT, check=True, capture_output=True)
    environment = clean_environment(folder)
    [wheel] = folder.glob("*.whl")
    environment.install(wheel)
    return environment


@pytest.mark.parametrize("path", FIRST_STEPS, ids=lambda path: path.stem)
def test_every_program_and_command_does_what_it_says(
    path: Path, environment: CleanEnvironment
) -> None:
    promised = guide(path)
    assert environment.run("python", "-c", promised.code) == promised.output
    for command in promised.commands:
        environment.run(*command)


def test_the_engine_and_its_host_come_from_the_wheel(environment: CleanEnvironment) -> None:
    ask = "from wasidb.runtime import artifact; print(artifact.__file__, artifact.locate())"
    host, engine = map(Path, environment.run("python", "-c", ask).split())
    assert host.is_relative_to(environment.folder)
    assert engine == host.parents[1] / "wasidb.wasm"


def test_every_package_of_the_wheel_is_typed_and_none_is_the_engine(
    environment: CleanEnvironment,
) -> None:
    names = "import importlib.metadata as m; print(*m.files('wasidb'), sep='\\n')"
    files = [Path(line) for line in environment.run("python", "-c", names).splitlines()]
    packages = {file.parts[0] for file in files if file.name == "__init__.py"}
    assert packages == {"wasidb", "wasidb_schema"}
    assert {file.parts[0] for file in files if file.name == "py.typed"} == packages


def test_the_command_explains_itself(environment: CleanEnvironment) -> None:
    assert "Usage: wasidb" in environment.run("wasidb", "--help")


def test_nothing_is_published_without_the_engine(tmp_path: Path) -> None:
    for name in ("pyproject.toml", "hatch_build.py", "README.md", "LICENSE"):
        (tmp_path / name).symlink_to(ROOT / name)
    hatchling = [sys.executable, "-m", "hatchling", "build", "--target", "wheel"]
    process = subprocess.run(hatchling, cwd=tmp_path, check=False, capture_output=True, text=True)
    assert process.returncode != 0
    assert "build/wasidb.wasm is missing: run `./justw component` first" in process.stderr
