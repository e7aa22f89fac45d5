// sql.js: SQLite in memory.

import initSqlJs from "sql.js";

export async function open() {
  const { Database } = await initSqlJs();
  const database = new Database();
  const statements = new Map();
  database.run("pragma case_sensitive_like = on");

  function prepared(sql) {
    if (!statements.has(sql)) statements.set(sql, database.prepare(sql));
    return statements.get(sql);
  }

  return {
    ask(sql, parameters) {
      const statement = prepared(sql);
      const rows = [];
      statement.bind(parameters);
      while (statement.step()) rows.push(statement.get());
      statement.reset();
      return rows;
    },
    change(sql, parameters) {
      prepared(sql).run(parameters);
      return database.getRowsModified();
    },
    close() {
      database.close();
    },
  };
}
