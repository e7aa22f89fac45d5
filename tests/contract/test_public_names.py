"""What users can import is what is documented: every public name is there and explains itself."""

import inspect
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


def test_every_error_class_is_exported() -> None:
    defined = {
        name
        for name, value in vars(wasidb.errors).items()
        if inspect.isclass(value) and issubclass(value, wasidb.DbmsError)
    }
    assert defined <= set(wasidb.__all__)
