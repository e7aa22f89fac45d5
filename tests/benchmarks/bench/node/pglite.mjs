// PGlite: PostgreSQL on a folder.

import { PGlite, types } from "@electric-sql/pglite";

const INTEGERS = { [types.NUMERIC]: Number, [types.INT8]: Number };

export async function open(path) {
  const database = new PGlite(path, { parsers: INTEGERS });
  const texts = new Map();

  function numbered(sql) {
    let count = 0;
    if (!texts.has(sql)) texts.set(sql, sql.replace(/\?/g, () => `$${++count}`));
    return texts.get(sql);
  }

  return {
    async ask(sql, parameters) {
      return (await database.query(numbered(sql), parameters, { rowMode: "array" })).rows;
    },
    async change(sql, parameters) {
      return (await database.query(numbered(sql), parameters)).affectedRows ?? 0;
    },
    async close() {
      await database.close();
    },
  };
}
