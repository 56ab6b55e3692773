#!/usr/bin/env node
// Opens pages in a browser and says what people would stumble over there.
//
//   node look.mjs CHROMIUM < ADDRESSES
//
// Standard input is a JSON list of addresses. For each, a line of standard output says
// {"address": TEXT, "troubles": [TEXT]}. A trouble is a rule of WCAG 2.2 A or AA that axe finds
// broken, a page wider than its window, a message of the browser, or a request to another host.
// Each page is looked at twice: in a wide, light window and in one of 320 pixels in the dark, as of
// a telephone or at a zoom of 400 % (WCAG 1.4.10). No page may need a script, so none runs but axe.
//
// Exit: 0 every page was looked at, 1 one was not; the reason is on standard error.

import { text } from "node:stream/consumers";

import axe from "axe-core";
import { chromium } from "playwright-core";

const WINDOWS = [
  { colorScheme: "light", viewport: { width: 1280, height: 900 } },
  { colorScheme: "dark", viewport: { width: 320, height: 700 } },
];
const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
const SECONDS = 60;

/** Look at one page; gives its troubles. */
async function look(page, address) {
  const troubles = [];
  const host = new URL(address).host;
  const elsewhere = (request) => {
    if (new URL(request.url()).host !== host) troubles.push(`asks ${request.url()}`);
  };
  const says = (message) => {
    const expected = message.location().url === address; // a page that tells of a 404 is one, too
    if (!expected) troubles.push(`the browser says: ${message.text()}`);
  };
  page.on("request", elsewhere).on("console", says);
  await page.goto(address, { timeout: SECONDS * 1000 });
  const [wide, window] = await page.evaluate(() => {
    const { scrollWidth, clientWidth } = document.documentElement;
    return [scrollWidth, clientWidth];
  });
  if (wide > window) troubles.push(`is ${wide} pixels wide in a window of ${window}`);
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate(
    (values) => globalThis.axe.run({ runOnly: { type: "tag", values } }),
    RULES,
  );
  for (const { id, help, nodes } of violations) {
    for (const { target } of nodes) troubles.push(`${id}: ${help}, at ${target.join(" ")}`);
  }
  page.off("request", elsewhere).off("console", says);
  return troubles;
}

const browser = await chromium.launch({
  executablePath: process.argv[2],
  args: ["--no-sandbox", "--disable-quic", "--disable-background-networking"],
});
try {
  const addresses = JSON.parse(await text(process.stdin));
  const troubles = new Map(addresses.map((each) => [each, []]));
  for (const shape of WINDOWS) {
    const context = await browser.newContext(shape);
    const page = await context.newPage();
    for (const address of addresses) {
      const { colorScheme, viewport } = shape;
      const where = `${colorScheme}, ${viewport.width} pixels`;
      for (const trouble of await look(page, address)) {
        troubles.get(address).push(`${where}: ${trouble}`);
      }
    }
    await context.close();
  }
  for (const [address, found] of troubles) {
    console.log(JSON.stringify({ address, troubles: found }));
  }
} finally {
  await browser.close();
}
