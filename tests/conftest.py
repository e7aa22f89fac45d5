"""Options of the test suite, and the build it runs on.

`--build` decides what `import wasidb_guest` finds, so it is settled before a test module, or the
fixtures that use the engine, are imported.
"""

import os

import hypothesis
import pytest

from tests.support import builds


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("wasidb")
    group.addoption(
        "--build",
        choices=builds.BUILDS,
        default="interpreted",
        help="which build of the engine the suite runs on (default: interpreted)",
    )
    group.addoption(
        "--hammer-seconds",
        type=float,
        default=0.7,
        help="how long threads and tasks hammer one database (default: 0.7)",
    )
    group.addoption(
        "--rewrite-golden",
        action="store_true",
        help="write what golden scripts really print into them, for a human to judge",
    )


def pytest_configure(config: pytest.Config) -> None:
    try:
        builds.select(config.getoption("--build"))
    except builds.BuildMissing as problem:
        raise pytest.UsageError(str(problem)) from problem
    config.pluginmanager.import_plugin("tests.support.fixtures")
    if config.getoption("--build") != "component":
        from tests.support import declared_changes, kept_columns

        declared_changes.watch()
        kept_columns.watch()
    if not config.getoption("--hypothesis-profile"):
        hypothesis.settings.load_profile(profile_for(config.getoption("--build")))


def profile_for(build: str) -> str:
    """CI tries many examples where they are quick, on compiled kernels in this process, and some
    elsewhere; always the same ones, so that it judges the change and not the dice.
    """
    if "CI" not in os.environ:
        return "dev"
    return "ci" if build == "native" else "sample"


def pytest_report_header(config: pytest.Config) -> str:
    return f"wasidb build: {config.getoption('--build')}"


hypothesis.settings.register_profile("dev", max_examples=50, deadline=None, print_blob=True)
hypothesis.settings.register_profile("sample", max_examples=25, deadline=None, derandomize=True)
hypothesis.settings.register_profile("ci", max_examples=200, deadline=None, derandomize=True)
hypothesis.settings.register_profile("nightly", max_examples=5000, deadline=None, print_blob=True)
hypothesis.settings.register_profile("million", max_examples=10_000, deadline=None, print_blob=True)
