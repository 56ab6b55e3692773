#!/usr/bin/env node
// Replicates a feed with ldes-client, the client other people use, and prints what it was given.
//
//   node replicate.mjs [options] URL
//
// A line of standard output is one member: {"member": IRI, "quads": N, "timestamp": …, "object": …}.
// The last line is {"end": REASON, "members": N, "pages": N}; without it the run did not end well.
// With --raw the members' quads are printed as N-Quads instead, and the last line goes to
// standard error. The client's own log is on standard error.
//
//   --follow              stay in sync and poll, until --members or --seconds is reached
//   --poll-interval MS    how often to poll when following (default 500)
//   --members N           stop after N members
//   --seconds S           stop after S seconds; when not following, that is a failure (exit 3)
//   --state DIR           remember here what was read; the next run with it resumes
//   --ordered ORDER       none, ascending or descending (default none)
//   --no-shape            do not read members by the feed's shape
//   --raw                 print quads, not members
//   --count               print the last line only
//
// Exit: 0 the end was reached, 1 the feed could not be replicated, 2 wrong use, 3 out of time.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";

import { replicateLDES } from "ldes-client";
import { Writer } from "n3";

const OUT_OF_TIME = Symbol("out of time");

/** Read the command line; ends the process with 2 when it makes no sense. */
function commandLine() {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: {
        follow: { type: "boolean", default: false },
        "poll-interval": { type: "string", default: "500" },
        members: { type: "string", default: "0" },
        seconds: { type: "string", default: "0" },
        state: { type: "string" },
        ordered: { type: "string", default: "none" },
        "no-shape": { type: "boolean", default: false },
        raw: { type: "boolean", default: false },
        count: { type: "boolean", default: false },
      },
    });
    if (positionals.length !== 1) throw new Error("give one URL");
    if (!["none", "ascending", "descending"].includes(values.ordered)) {
      throw new Error("--ordered is none, ascending or descending");
    }
    return {
      ...values,
      url: positionals[0],
      pollInterval: wholeNumber("--poll-interval", values["poll-interval"]),
      members: wholeNumber("--members", values.members),
      seconds: wholeNumber("--seconds", values.seconds),
      noShape: values["no-shape"],
    };
  } catch (error) {
    console.error(`replicate.mjs: ${error.message}`);
    process.exit(2);
  }
}

/** Read an option as a whole number; 0 means "not given". */
function wholeNumber(name, text) {
  if (!/^\d+$/.test(text)) throw new Error(`${name} needs a whole number, not "${text}"`);
  return Number(text);
}

/** Show a member as one line of JSON. */
function memberLine(member) {
  return JSON.stringify({
    member: member.id.value,
    quads: member.quads.length,
    timestamp: member.timestamp ?? null,
    object: member.isVersionOf ?? null,
  });
}

/** Show a member's quads as N-Quads. */
function quadLines(member) {
  return new Writer({ format: "N-Quads" }).quadsToString(member.quads).trimEnd();
}

/** Replicate and print; returns why it stopped. */
async function replicate(options, statePath, print) {
  const client = replicateLDES(
    {
      url: options.url,
      polling: options.follow,
      pollInterval: options.pollInterval,
      noShape: options.noShape,
      statePath,
    },
    options.ordered,
  );
  const reader = client.stream({ highWaterMark: 10 }).getReader();
  const deadline = options.seconds
    ? new Promise((wake) => setTimeout(wake, options.seconds * 1000, OUT_OF_TIME).unref())
    : new Promise(() => {});
  let members = 0;
  let end = "complete";
  for (;;) {
    const step = await Promise.race([reader.read(), deadline]);
    if (step === OUT_OF_TIME) end = "seconds";
    if (step === OUT_OF_TIME || step.done) break;
    print(step.value);
    members += 1;
    if (members === options.members) {
      end = "members";
      break;
    }
  }
  const pages = client.fragmentCount;
  await client.close();
  return { end, members, pages };
}

const options = commandLine();
const statePath = options.state ?? mkdtempSync(join(tmpdir(), "citynode-interop-"));
let status = 0;
try {
  const show = options.raw ? quadLines : memberLine;
  const print = options.count ? () => {} : (member) => console.log(show(member));
  const summary = await replicate(options, statePath, print);
  (options.raw ? console.error : console.log)(JSON.stringify(summary));
  if (summary.end === "seconds" && !options.follow) status = 3;
} catch (error) {
  console.error(`replicate.mjs: ${options.url} could not be replicated:`, error);
  status = 1;
} finally {
  if (!options.state) rmSync(statePath, { recursive: true, force: true });
}
process.exitCode = status;
setTimeout(() => process.exit(status), 1000).unref(); // a poll timer may still be running
