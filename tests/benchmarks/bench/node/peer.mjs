// A database that is WebAssembly, driven by a Python program: node peer.mjs ADAPTER PATH
//
//     > {"do": "each", "sql": "select * from orders where id = ?", "lists": [[7], [9]]}
//     < {"microseconds": 31.5, "answer": [[7, ...], [9, ...]]}
//
// A line is a request; what it needs from files is read, and its answer made plain, off the clock.
// An adapter exports `open(path)`, whose result has `ask(sql, parameters)`, which gives rows as
// lists; `change(sql, parameters)`, which gives a number of rows; `close()`; and `arrow(sql)` and
// `loadArrow(table, bytes)` if it knows Arrow.

import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";

const [name, path] = process.argv.slice(2);
const { open } = await import(`./${name}.mjs`);
const database = await open(path);

const actions = {
  async ask({ sql, parameters }) {
    return await database.ask(sql, parameters);
  },
  async each({ sql, lists }) {
    const rows = [];
    for (const parameters of lists) rows.push(...(await database.ask(sql, parameters)));
    return rows;
  },
  async change({ sql, parameters }) {
    return await database.change(sql, parameters);
  },
  async changes({ sql, lists }) {
    let count = 0;
    for (const parameters of lists) count += await database.change(sql, parameters);
    return count;
  },
  async together(request) {
    await database.change("begin", []);
    const count = await actions.changes(request);
    await database.change("commit", []);
    return count;
  },
  async run({ statements }) {
    for (const sql of statements) await database.change(sql, []);
    return null;
  },
  async mixed({ read, write, transactions }) {
    const found = [];
    for (const steps of transactions) {
      await database.change("begin", []);
      for (const [key, amount] of steps) {
        if (amount === null) found.push((await database.ask(read, [key]))[0][0]);
        else await database.change(write, [amount, key]);
      }
      await database.change("commit", []);
    }
    return found;
  },
  async arrow({ sql }) {
    return await database.arrow(sql);
  },
  async loadArrow({ table, bytes }) {
    await database.loadArrow(table, bytes);
    return null;
  },
};

async function answered(request) {
  if (request.rows) request.lists = JSON.parse(readFileSync(request.rows, "utf-8"));
  if (request.stream) request.bytes = readFileSync(request.stream);
  const begun = process.hrtime.bigint();
  const answer = await actions[request.do](request);
  const microseconds = Number(process.hrtime.bigint() - begun) / 1000;
  return { microseconds, answer: request.do === "arrow" ? database.rows(answer) : answer };
}

for await (const line of createInterface({ input: process.stdin })) {
  let reply;
  try {
    reply = await answered(JSON.parse(line));
  } catch (error) {
    reply = { error: `${error}` };
  }
  process.stdout.write(JSON.stringify(reply) + "\n");
}
await database.close();
