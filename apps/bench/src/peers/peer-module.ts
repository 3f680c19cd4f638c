import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { benchFolder } from "../bench-folder.js";
import { PeerUnavailable } from "./peer.js";

/** The private workspace that peers are installed into. */
export function peersFolder(): string {
  return join(benchFolder(), "peers");
}

/** A peer's module, found in the peers folder and not among this app's dependencies. */
export interface PeerModule<Api> {
  readonly api: Api;
  readonly version: string;
  /** The folder of the file that was loaded; peers keep their `.wasm` files beside it. */
  readonly folder: string;
}

/**
 * Loads `name` from the peers folder. `Api` is what the caller claims about the module; nothing
 * checks it, which is why each peer states only the few members that it calls.
 *
 * @throws PeerUnavailable when it is not installed or does not load on this Node.
 */
export function requirePeer<Api>(name: string, folder: string = peersFolder()): PeerModule<Api> {
  const version = installedVersion(name, folder);
  if (version === undefined) {
    throw new PeerUnavailable(
      `${name} is not installed; run the bench with --peers and it installs its peers`,
    );
  }
  const require = createRequire(join(folder, "package.json"));
  try {
    return { api: require(name) as Api, version, folder: dirname(require.resolve(name)) };
  } catch (cause) {
    throw new PeerUnavailable(
      `${name} ${version} does not load on Node ${process.versions.node} (${String(cause)}); ` +
        "leave it out, or remove the node_modules of the peers folder and install again",
      { cause },
    );
  }
}

/** The version of `name` that is installed in the peers folder; `undefined` when it is not. */
export function installedVersion(name: string, folder: string): string | undefined {
  const manifest = join(folder, "node_modules", name, "package.json");
  if (!existsSync(manifest)) return undefined;
  return (JSON.parse(readFileSync(manifest, "utf8")) as { version: string }).version;
}
