import { PeerUnavailable } from "../peers/peer.js";
import { servedFile } from "../peers/served-files.js";

// Packages from the server that the page comes from.

/** The version of a package. */
export async function servedVersion(name: string): Promise<string> {
  const response = await fetch(servedFile(name, "package.json"));
  if (!response.ok) throw unavailable(name, "package.json");
  return ((await response.json()) as { readonly version: string }).version;
}

/** A module of a package. `Api` is what the caller claims about it; nothing checks it. */
export async function importServed<Api>(name: string, file: string): Promise<Api> {
  return (await import(servedFile(name, file))) as Api;
}

/** Runs a script that is no module, and leaves globals behind; in a worker, as a module all the same. */
export async function runServed(name: string, file: string): Promise<void> {
  if (typeof document === "undefined") {
    await importServed(name, file);
    return;
  }
  await new Promise<void>((resolve, reject) => {
    const script = document.createElement("script");
    script.src = servedFile(name, file);
    script.onload = () => resolve();
    script.onerror = () => reject(unavailable(name, file));
    document.head.append(script);
  });
}

function unavailable(name: string, file: string): PeerUnavailable {
  return new PeerUnavailable(
    `${file} of ${name} does not load; remove the node_modules of the peers folder, and --peers installs it again`,
  );
}
