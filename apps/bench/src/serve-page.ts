#!/usr/bin/env node
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { startPageServer } from "./browser/page-server.js";
import { peerResources } from "./browser/peer-resources.js";
import { siteResources } from "./browser/site-resources.js";
import { messageOf } from "./message-of.js";
import { peersFolder } from "./peers/peer-module.js";

// Serves the page that was built beside this program, and other libraries where they are installed.

/** Where nobody names another port: the same each time, for an address that can be kept. */
const usualPort = 4173;

try {
  const { values } = parseArgs({ options: { port: { type: "string" } } });
  const port = Number(values.port ?? usualPort);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new Error(`--port needs a number from 0 (any that is free) to 65535, got ${values.port}`);
  }
  const site = await siteResources(join(dirname(fileURLToPath(import.meta.url)), "site"));
  const peers = await peerResources(peersFolder()).catch(() => new Map());
  const { origin } = await startPageServer(new Map([...site, ...peers]), { port });
  console.log(`The bench as a page: ${origin}/ (Ctrl-C ends it)`);
} catch (error) {
  const inUse = (error as NodeJS.ErrnoException).code === "EADDRINUSE";
  const remedy = inUse ? "; name another with --port, such as --port 0 for any that is free" : "";
  console.error(`bench:page: ${messageOf(error)}${remedy}`);
  process.exitCode = 2;
}
