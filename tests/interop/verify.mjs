#!/usr/bin/env node
// Verifies secured documents with the Data Integrity libraries of Digital Bazaar, which are not ours.
//
//   node verify.mjs < DOCUMENTS
//
// Standard input holds one JSON-LD document a line. For each, a line of standard output says
// {"verified": true or false, "reason": TEXT or null, "asked": [addresses that were fetched]}.
// Keys come from the did:web document of the city that the proof names and contexts from the
// address the document gives; a host on the loopback is asked over http, any other over https.
// The context of Data Integrity itself is that of its own package.
//
// Exit: 0 each document was given a line, 1 the input was not documents.

import { createInterface } from "node:readline";

import { contexts } from "@digitalbazaar/data-integrity-context";
import { DataIntegrityProof } from "@digitalbazaar/data-integrity";
import { cryptosuite } from "@digitalbazaar/eddsa-rdfc-2022-cryptosuite";
import jsigs from "jsonld-signatures";

/** Give the address of a did:web identifier's document. */
function addressOf(did) {
  const [host, ...path] = did.split(":").slice(2).map(decodeURIComponent);
  const scheme = /^127\.0\.0\.1(:\d+)?$/.test(host) ? "http" : "https";
  const place = path.length ? path.join("/") : ".well-known";
  return `${scheme}://${host}/${place}/did.json`;
}

/** Make a document loader that notes in `asked` what it fetches. */
function loader(asked) {
  const get = async (address) => {
    asked.push(address);
    const response = await fetch(address, { headers: { accept: "application/ld+json, */*" } });
    if (!response.ok) throw new Error(`${address} answers ${response.status}`);
    return response.json();
  };
  return async (url) => {
    const found = (document) => ({ contextUrl: null, documentUrl: url, document });
    if (contexts.has(url)) return found(contexts.get(url));
    if (!url.startsWith("did:web:")) return found(await get(url));
    const [did, fragment] = url.split("#");
    const controller = await get(addressOf(did));
    if (controller.id !== did) throw new Error(`${did} is not described at its address`);
    if (fragment === undefined) return found(controller);
    const method = controller.verificationMethod.find((each) => each.id === url);
    if (!method) throw new Error(`${did} has no key ${url}`);
    return found({ "@context": "https://w3id.org/security/multikey/v1", ...method });
  };
}

/** Verify one document. */
async function verify(document) {
  const asked = [];
  const result = await jsigs.verify(document, {
    suite: new DataIntegrityProof({ cryptosuite }),
    purpose: new jsigs.purposes.AssertionProofPurpose(),
    documentLoader: loader(asked),
  });
  const errors = result.error ? (result.error.errors ?? [result.error]) : [];
  const reason = errors.map((each) => each.message).join("; ") || null;
  return { verified: result.verified, reason, asked: [...new Set(asked)].sort() };
}

for await (const line of createInterface({ input: process.stdin })) {
  console.log(JSON.stringify(await verify(JSON.parse(line))));
}
