"""From sources and libraries to a folder that can be imported, and from there to the component.

    build/native/       wasidb_guest/, wasidb_memory/ with native libraries beside the kernels' .py
    build/component/    the same with wasm32 libraries
    build/wasidb.wasm   what componentize-py makes of build/component and wit/dbms.wit

A library wins over the `.py` beside it on import, inside the component too. A folder is staged
anew, in one step, when any file in it would differ; the component is made anew when its folder,
the WIT or componentize-py would differ.

componentize-py imports the app, then stores the interpreter's memory as it is. It also offers the
app every site-packages folder it finds; an empty virtual environment keeps this machine's packages
out.
"""

import hashlib
import shutil
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version
from pathlib import Path, PurePath

from .cache import content_key, replacing
from .compilers import Target, compile_kernel, native_target, python_headers, wasm32_target
from .failure import run
from .kernels import find_kernels

WORLD = "dbms"
APP = "wasidb_guest.component.exports"

# What lies where in a staged folder.
Files = dict[PurePath, Path]


@dataclass(frozen=True)
class Sources:
    """What is built from: the engine with its kernels, the packages it needs, the contract."""

    guest: Path
    packages: tuple[Path, ...]
    wit: Path
    app: str = APP


def repository(root: Path) -> Sources:
    """The sources of a checkout."""
    packages = (root / "guest/wasidb_guest", root / "memory_provider/wasidb_memory")
    return Sources(root / "guest", packages, root / "wit")


def build_native(sources: Sources, build: Path) -> Path:
    """Stage the packages with kernels for this machine; returns the folder."""
    target = native_target(cache_folder(build), python_headers())
    return stage(build / "native", files_for(sources, target, build), build)


def build_component(sources: Sources, build: Path) -> Path:
    """Make the component, unless the one there has the same inputs; returns its path."""
    target = wasm32_target(cache_folder(build), python_headers())
    folder = stage(build / "component", files_for(sources, target, build), build)
    component = build / "wasidb.wasm"
    contract = [path.read_text("utf-8") for path in sorted(sources.wit.glob("*.wit"))]
    inputs = content_key(stamp_of(folder, build).read_text(), *contract, version("componentize-py"))
    if not is_stamped(component, inputs, build):
        with replacing(component) as output:
            componentize(sources, folder, output, build)
        stamp_of(component, build).write_text(inputs)
    return component


def cache_folder(build: Path) -> Path:
    cache = build / "cache"
    cache.mkdir(parents=True, exist_ok=True)
    return cache


def files_for(sources: Sources, target: Target, build: Path) -> Files:
    """All modules of the packages, and a library for each kernel."""
    files: Files = {
        path.relative_to(package.parent): path
        for package in sources.packages
        for path in package.rglob("*.py")
    }
    kernels = find_kernels(sources.guest)
    with ThreadPoolExecutor(max_workers=2) as pool:
        compiled = pool.map(
            partial(compile_kernel, target=target, cache=cache_folder(build)), kernels
        )
        for kernel, library in zip(kernels, compiled, strict=True):
            files[PurePath(f"{kernel.path}.abi3.so")] = library
    return files


def stage(folder: Path, files: Files, build: Path) -> Path:
    """Make `folder` hold exactly `files`."""
    contents = {place: hashlib.sha256(files[place].read_bytes()).hexdigest() for place in files}
    inputs = content_key(*(f"{place} {contents[place]}" for place in sorted(files)))
    if not is_stamped(folder, inputs, build):
        shutil.rmtree(folder, ignore_errors=True)
        with replacing(folder) as unfinished:
            for place in sorted(files):
                (unfinished / place).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(files[place], unfinished / place)
        stamp_of(folder, build).write_text(inputs)
    return folder


def stamp_of(product: Path, build: Path) -> Path:
    """The file that remembers what `product` was made from."""
    return cache_folder(build) / f"{product.name}.inputs"


def is_stamped(product: Path, inputs: str, build: Path) -> bool:
    stamp = stamp_of(product, build)
    return product.exists() and stamp.is_file() and stamp.read_text() == inputs


def componentize(sources: Sources, folder: Path, output: Path, build: Path) -> None:
    """Run componentize-py over a staged folder."""
    no_packages = cache_folder(build) / "empty"
    (no_packages / "lib/site-packages").mkdir(parents=True, exist_ok=True)
    tool = Path(sys.executable).with_name("componentize-py")
    run(
        f"making the component of {sources.app}",
        [
            *(str(tool), "--wit-path", str(sources.wit), "--world", WORLD, "componentize"),
            *("--python-path", str(folder), "--output", str(output), sources.app),
        ],
        folder=build,
        environment={"VIRTUAL_ENV": str(no_packages), "RUST_BACKTRACE": "0"},
    )
