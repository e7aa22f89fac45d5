"""A small tree of kernels for the build's tests: `far` cimports `near`, `plain` is none."""

from pathlib import Path

SOURCES = {
    "pack/__init__.py": "",
    "pack/plain.py": "def twice(value: int) -> int:\n    return 2 * value\n",
    "pack/near.py": "def byte_at(page: memoryview, offset: int) -> int:\n    return page[offset]\n",
    "pack/near.pxd": (
        "cpdef int byte_at(const unsigned char[::1] page, Py_ssize_t offset) except? -1\n"
    ),
    "pack/deep/__init__.py": "",
    "pack/deep/far.py": (
        "from pack.near import byte_at\n\n\n"
        "def last_byte(page: memoryview) -> int:\n    return byte_at(page, len(page) - 1)\n"
    ),
    "pack/deep/far.pxd": (
        "from pack.near cimport byte_at\n\n"
        "cpdef int last_byte(const unsigned char[::1] page) except? -1\n"
    ),
}


def write_sources(root: Path) -> Path:
    for place, text in SOURCES.items():
        (root / place).parent.mkdir(parents=True, exist_ok=True)
        (root / place).write_text(text)
    return root
