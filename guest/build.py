"""Build the engine: `python guest/build.py native | component | bindings | reproducible`.

    guest/**/x.py, x.pxd --Cython--> C --cc--> x.abi3.so -> build/native/
                                       --zig-> x.abi3.so -> build/component/
                                                                 |
                                             wit/dbms.wit --componentize-py--> build/wasidb.wasm

`native` serves the tests: the engine on this machine's Python with compiled kernels. `component`
is the product. `bindings` writes the Python types of the contract to build/bindings, for the type
checker. `reproducible` builds the component twice from nothing and compares.

Only what changed is built: see `toolchain/cache.py` and the stamps of `toolchain/component.py`.
Two builds at the same time would be right, but slow: the second waits for the first. Nothing falls
back to something slower in silence: whatever is missing or refused ends the build with exit code
1.
"""

import argparse
import fcntl
import shutil
import sys
import tempfile
from pathlib import Path

from toolchain.component import WORLD, build_component, build_native, cache_folder, repository
from toolchain.failure import BuildFailed, run
from toolchain.fingerprint import fingerprint

ROOT = Path(__file__).parents[1]
BUILD = ROOT / "build"


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="guest/build.py", description="Build the engine.")
    parser.add_argument("product", choices=PRODUCTS)
    product = parser.parse_args(arguments).product
    with (cache_folder(BUILD) / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        try:
            print(PRODUCTS[product]())
        except BuildFailed as problem:
            print(f"build failed: {problem}", file=sys.stderr)
            return 1
    return 0


def native() -> str:
    return str(build_native(repository(ROOT), BUILD))


def component() -> str:
    path = build_component(repository(ROOT), BUILD)
    return f"{path} ({path.stat().st_size / 1e6:.1f} MB)"


def bindings() -> str:
    folder = BUILD / "bindings"
    shutil.rmtree(folder, ignore_errors=True)
    tool = Path(sys.executable).with_name("componentize-py")
    contract = ["--wit-path", str(ROOT / "wit"), "--world", WORLD]
    command = [str(tool), *contract, "bindings", str(folder)]
    run("writing the types of the contract", command, folder=ROOT)
    return str(folder)


def reproducible() -> str:
    first, second = fingerprint_of_fresh_build(), fingerprint_of_fresh_build()
    if first != second:
        raise BuildFailed(f"two builds of the same sources differ: {first} and {second}")
    return f"two builds have the fingerprint {first}"


def fingerprint_of_fresh_build() -> str:
    with tempfile.TemporaryDirectory(dir=BUILD) as build:
        return fingerprint(build_component(repository(ROOT), Path(build)))


PRODUCTS = {
    "native": native,
    "component": component,
    "bindings": bindings,
    "reproducible": reproducible,
}

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
