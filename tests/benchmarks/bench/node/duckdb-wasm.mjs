// duckdb-wasm: DuckDB in memory, in this thread.

import { dirname, join } from "node:path";
import { createRequire } from "node:module";
import { createDuckDB, NODE_RUNTIME, VoidLogger } from "@duckdb/duckdb-wasm/blocking";

const require = createRequire(import.meta.url);
const DIST = dirname(require.resolve("@duckdb/duckdb-wasm/dist/duckdb-eh.wasm"));
const BUNDLES = {
  mvp: { mainModule: join(DIST, "duckdb-mvp.wasm"), mainWorker: "" },
  eh: { mainModule: join(DIST, "duckdb-eh.wasm"), mainWorker: "" },
};

function plain(value) {
  return typeof value === "bigint" ? Number(value) : value;
}

function rows(table) {
  return table.toArray().map((row) => row.toArray().map(plain));
}

export async function open() {
  const database = await createDuckDB(BUNDLES, new VoidLogger(), NODE_RUNTIME);
  await database.instantiate();
  database.open({ path: ":memory:", query: { castDecimalToDouble: true } });
  const connection = database.connect();
  const statements = new Map();

  function answer(sql, parameters) {
    if (parameters.length === 0) return connection.query(sql);
    if (!statements.has(sql)) statements.set(sql, connection.prepare(sql));
    return statements.get(sql).query(...parameters);
  }

  return {
    rows,
    ask(sql, parameters) {
      return rows(answer(sql, parameters));
    },
    change(sql, parameters) {
      const counted = rows(answer(sql, parameters));
      return counted.length ? counted[0][0] : 0;
    },
    arrow(sql) {
      return connection.query(sql);
    },
    loadArrow(table, bytes) {
      connection.insertArrowFromIPCStream(bytes, { name: table, create: false });
    },
    close() {
      connection.close();
    },
  };
}
