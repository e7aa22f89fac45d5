"""One harness for all comparisons: the same work, done by wasidb and by its peers.

    just bench                              100,000 orders
    just bench --rows 1000000               what docs/performance.md states
    just bench --only look-up --turns 3     some of it
    just bench --snapshot 1024              and a copy of 1 GiB
    just bench --node                       and databases that are WebAssembly in node

    data          orders and customers, the same for everybody
    contestants   wasidb, wasidb-native, sqlite3, apsw, duckdb, lmdb: who does the work; with node
                  sql-js, node-sqlite3-wasm, pglite, duckdb-wasm
    workloads     what is to be done, as a table
    measuring     turns: A B C A B C ..., so that whatever else the machine does meets all of them
    large_copies  snapshots of a database as large as one says
    processes     what only a whole process shows: a cold start, peak memory
    report        medians and ratios as JSON, Markdown and a plot

A contestant has a method for each operation it can do; what it cannot do it takes no part in.
Answers are brought into one form and compared by checksum, before a time counts. A ratio is the
median of the ratios within a turn. Everything is measured as a Python program sees it, and in
node as a program in JavaScript does.
"""
