// Asks, streams, inserts and fails through @clickhouse/client and prints what it saw as JSON.
//
//   node client.js http://HOST:PORT DATABASE
import { ClickHouseError, createClient } from "@clickhouse/client";

const [url, database] = process.argv.slice(2);
const client = createClient({ url, database, compression: { request: true, response: true } });
const ask = (query, more = {}) => client.query({ query, format: "JSONEachRow", ...more });

// Reads every row of kinds in the driver's own types and inserts it into copied.
async function copyRows() {
  const rows = await (await ask("SELECT * FROM kinds ORDER BY id")).json();
  await client.insert({ table: "copied", values: rows, format: "JSONEachRow" });
  return rows.length;
}

async function stream(query) {
  let streamed = 0;
  let sum = 0;
  for await (const rows of (await ask(query)).stream()) {
    for (const row of rows) {
      streamed += 1;
      sum += Number(row.json().number);
    }
  }
  return { streamed, sum };
}

async function fails(action) {
  try {
    await action();
  } catch (error) {
    return { code: error instanceof ClickHouseError ? Number(error.code) : -1, message: error.message };
  }
  return { code: 0, message: "" };
}

const { meta } = await (await ask("SELECT * FROM kinds WHERE 0", { format: "JSON" })).json();
const parameters = { query_params: { name: "it's\t한국어" } };
const [{ parameter }] = await (await ask("SELECT {name:String} AS parameter", parameters)).json();
const tables = await (await ask("SHOW TABLES")).json();
const seen = {
  tables: tables.map((table) => table.name),
  empty: meta.map((column) => column.name),
  copied: await copyRows(),
  ...(await stream("SELECT number, toString(number) AS s FROM numbers(1000000)")),
  parameter,
  failed: await fails(() => ask("SELECT * FROM nowhere")),
  failed_late: await fails(() => stream("SELECT number + throwIf(number = 900000) AS number FROM numbers(1000000)")),
  failed_rows: await fails(() => client.command({ query: "INSERT INTO copied (id) SELECT toUInt32('x')" })),
};
await client.close();
console.log(JSON.stringify(seen));
