// node-sqlite3-wasm: SQLite on a file. It has no WAL; with its journal a commit is as durable.

import sqlite from "node-sqlite3-wasm";

export function open(path) {
  const database = new sqlite.Database(path);
  const statements = new Map();
  database.exec("pragma synchronous = full");
  database.exec("pragma case_sensitive_like = on");

  function prepared(sql) {
    if (!statements.has(sql)) statements.set(sql, database.prepare(sql));
    return statements.get(sql);
  }

  return {
    ask(sql, parameters) {
      return prepared(sql).all(parameters).map(Object.values);
    },
    change(sql, parameters) {
      return prepared(sql).run(parameters).changes;
    },
    close() {
      for (const statement of statements.values()) statement.finalize();
      database.close();
    },
  };
}
