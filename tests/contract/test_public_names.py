"""What users can import is what is documented: every public name is there and explains itself."""

import inspect
import subprocess
import sys
from types import ModuleType

import pytest

import wasidb
import wasidb_memory
import wasidb_schema

PACKAGES = [wasidb, wasidb_schema, wasidb_memory]


@pytest.mark.parametrize("package", PACKAGES, ids=lambda package: package.__name__)
def test_exports_are_the_names_the_package_lists(package: ModuleType) -> None:
    listed = {name: getattr(package, name) for name in package.__all__}
    left_over = [
        name
        for name, value in vars(package).items()
        if not name.startswith("_") and not inspect.ismodule(value)
        if not any(value is one for one in listed.values())
    ]
    assert left_over == []


@pytest.mark.parametrize("package", PACKAGES, ids=lambda package: package.__name__)
def test_classes_and_functions_have_docstrings(package: ModuleType) -> None:
    values = {name: getattr(package, name) for name in package.__all__}
    silent = [
        name
        for name, value in values.items()
        if (inspect.isclass(value) or inspect.isfunction(value)) and not inspect.getdoc(value)
    ]
    assert silent == []


def test_names_are_where_type_checkers_are_told() -> None:
    """The imports that checkers read, run: the same objects as by `wasidb.NAME`."""
    source = inspect.getsource(wasidb)
    told, _ = source.split("if typing.TYPE_CHECKING:\n", 1)[1].split("\nelse:\n", 1)
    names: dict[str, object] = {}
    exec(inspect.cleandoc(f"\n{told}"), names)
    for name in set(wasidb.__all__) - set(vars(wasidb.errors)):
        assert names[name] is getattr(wasidb, name), name


def test_unknown_names_are_missing() -> None:
    with pytest.raises(AttributeError, match="no attribute 'opne'"):
        _ = wasidb.opne


def test_package_imports_what_is_asked_for() -> None:
    program = "import sys, wasidb; print({'pydantic', 'wasmtime', 'pyarrow'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    assert done.stdout.split() == [b"set()"]


def test_every_error_class_is_exported() -> None:
    defined = {
        name
        for name, value in vars(wasidb.errors).items()
        if inspect.isclass(value) and issubclass(value, wasidb.DbmsError)
    }
    assert defined <= set(wasidb.__all__)
