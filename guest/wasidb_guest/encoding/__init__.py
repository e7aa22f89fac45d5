"""Between bytes and values: cells, vectors, records, keys, definitions, hashes; no I/O."""
