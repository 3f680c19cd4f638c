import { readdir, readFile } from "node:fs/promises";
import { extname, join } from "node:path";
import type { Emit } from "../events.js";
import { messageOf } from "../message-of.js";
import { installPeers } from "../peers/install.js";
import { peersFolder } from "../peers/peer-module.js";
import { servedFile, servedPackages } from "../peers/served-files.js";
import type { Resource, Resources } from "./page-server.js";

/** What a page loads of other libraries, or why there is nothing to load. */
export type PeerResources = { readonly resources: Resources } | { readonly missing: string };

const types: Readonly<Record<string, string>> = {
  ".js": "text/javascript",
  ".mjs": "text/javascript",
  ".json": "application/json",
  ".wasm": "application/wasm",
};

/** Installs the libraries where they are not there, and reads what a page needs of them. */
export async function installedPeerResources(emit: Emit): Promise<PeerResources> {
  try {
    await installPeers({ asked: true, progress: (text) => emit({ kind: "news", text }) });
    return { resources: await peerResources(peersFolder()) };
  } catch (error) {
    return { missing: messageOf(error) };
  }
}

/** The files that a page may load of the packages that are installed in this folder. */
export async function peerResources(folder: string): Promise<Resources> {
  const resources = new Map<string, Resource>();
  for (const { name, files } of servedPackages) {
    const inPackage = join(folder, "node_modules", name);
    const dist = (await readdir(join(inPackage, "dist"))).filter((file) => files.test(file));
    for (const file of ["package.json", ...dist.map((file) => `dist/${file}`)]) {
      const type = types[extname(file)] ?? "application/octet-stream";
      const bytes = await readFile(join(inPackage, file));
      resources.set(servedFile(name, file), { type, bytes });
    }
  }
  return resources;
}
