#!/usr/bin/env node
// Asks several SPARQL endpoints at once with Comunica, as somebody without a node of their own would.
//
//   node federate.mjs < QUESTIONS
//
// Standard input is a JSON list of {"query": TEXT, "sources": [addresses of endpoints]}. For each, a
// line of standard output says {"rows": [{NAME: {"type", "value", "language", "datatype"}}],
// "milliseconds": NUMBER}: the solutions in their order, and how long it took until the last one.
//
// Comunica 4 is the last that runs on Node 20. It loses the languages of texts with the parsers of
// results of version 3, so package.json holds these back ("overrides").
//
// Exit: 0 each question was answered, 1 one was not; the reason is on standard error.

import { text } from "node:stream/consumers";

import { QueryEngine } from "@comunica/query-sparql";

/** Say a term as values. */
function told(term) {
  const { termType: type, value } = term;
  if (type !== "Literal") return { type, value };
  return { type, value, language: term.language, datatype: term.datatype.value };
}

const engine = new QueryEngine();
for (const { query, sources } of JSON.parse(await text(process.stdin))) {
  const began = performance.now();
  const found = await engine.queryBindings(query, {
    sources: sources.map((value) => ({ type: "sparql", value })),
  });
  const rows = [];
  for await (const row of found) {
    rows.push(Object.fromEntries([...row].map(([name, term]) => [name.value, told(term)])));
  }
  console.log(JSON.stringify({ rows, milliseconds: performance.now() - began }));
}
