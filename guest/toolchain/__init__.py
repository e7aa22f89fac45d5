"""How sources become native modules and a WebAssembly component; see `guest/build.py`."""
