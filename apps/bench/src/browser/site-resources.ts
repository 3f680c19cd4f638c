import { readdir, readFile } from "node:fs/promises";
import { extname, join, sep } from "node:path";
import type { Resource, Resources } from "./page-server.js";

const types: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".css": "text/css",
  ".csv": "text/csv",
  ".gz": "application/gzip",
};

/** All files of a folder and of those in it, under their paths; its `index.html` is `/` as well. */
export async function siteResources(folder: string): Promise<Resources> {
  const resources = new Map<string, Resource>();
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const file = join(entry.parentPath, entry.name);
    const path = file.slice(folder.length).split(sep).join("/");
    const type = types[extname(file)] ?? "application/octet-stream";
    const resource = { type, bytes: await readFile(file) };
    resources.set(path, resource);
    if (path === "/index.html") resources.set("/", resource);
  }
  return resources;
}
