import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { PeerUnavailable } from "./peer.js";
import { installedVersion, peersFolder } from "./peer-module.js";

/** Runs a command to its end; rejects only when it cannot be started. */
export type Execute = (
  command: string,
  args: readonly string[],
  folder: string,
) => Promise<{ readonly exitCode: number; readonly output: string }>;

export interface InstallOptions {
  /** Whether the user asked for peers. Without it nothing is ever installed. */
  readonly asked: boolean;
  /** The folder with the peers' `package.json`. Default: this app's `peers/`. */
  readonly folder?: string;
  /** Receives one line of text at a time, without a line break. */
  readonly progress?: (line: string) => void;
  /** How `npm` is run; tests replace it. */
  readonly execute?: Execute;
}

/** The packages, as `name@version`, that the peers folder pins but does not hold. */
export function missingPeers(folder: string = peersFolder()): readonly string[] {
  const manifest = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as {
    dependencies: Readonly<Record<string, string>>;
  };
  return Object.entries(manifest.dependencies)
    .filter(([name, version]) => installedVersion(name, folder) !== version)
    .map(([name, version]) => `${name}@${version}`);
}

/**
 * Makes sure that the peers are installed: does nothing when they are, installs exactly what the
 * lock file says (and runs no install scripts) when that was asked for.
 *
 * @returns whether something was installed.
 * @throws PeerUnavailable when peers are missing and nobody asked, or when npm fails.
 */
export async function installPeers(options: InstallOptions): Promise<boolean> {
  const folder = options.folder ?? peersFolder();
  const progress = options.progress ?? (() => undefined);
  const missing = missingPeers(folder);
  if (missing.length === 0) return false;
  if (!options.asked) {
    throw new PeerUnavailable(
      `peers are not installed (${missing.join(", ")}); ` +
        "run the bench with --peers to install them beside the bench, about 450 MB",
    );
  }
  const started = performance.now();
  const seconds = (): string => ((performance.now() - started) / 1000).toFixed(0);
  progress(`peers: installing ${missing.join(", ")} (about 450 MB) ...`);
  const heartbeat = setInterval(() => progress(`peers: still installing, ${seconds()} s`), 5000);
  try {
    await runNpm(options.execute ?? execute, folder);
  } finally {
    clearInterval(heartbeat);
  }
  const left = missingPeers(folder);
  if (left.length > 0) {
    throw new PeerUnavailable(
      `npm ended well but ${left.join(", ")} is not there; ` +
        "package.json and package-lock.json of the peers folder disagree: lock again with npm",
    );
  }
  progress(`peers: installed in ${seconds()} s`);
  return true;
}

async function runNpm(run: Execute, folder: string): Promise<void> {
  const args = ["ci", "--ignore-scripts", "--no-audit", "--no-fund"];
  let ended: Awaited<ReturnType<Execute>>;
  try {
    ended = await run("npm", args, folder);
  } catch (cause) {
    throw new PeerUnavailable(`peers: npm could not be started (${String(cause)}); install npm`, {
      cause,
    });
  }
  if (ended.exitCode !== 0) {
    throw new PeerUnavailable(
      `peers: npm ${args.join(" ")} failed with exit code ${ended.exitCode}; check the network ` +
        `and npm's registry setting, or run without --peers. npm said:\n${tail(ended.output)}`,
    );
  }
}

function tail(text: string): string {
  return text.trim().split("\n").slice(-10).join("\n");
}

const execute: Execute = (command, args, folder) =>
  new Promise((resolve, reject) => {
    // On Windows npm is a script, which only a shell can start. No argument needs quoting.
    const shell = process.platform === "win32";
    const child = spawn(command, args, { cwd: folder, shell, stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    const collect = (chunk: Buffer): void => {
      output += chunk.toString();
    };
    child.stdout.on("data", collect);
    child.stderr.on("data", collect);
    child.on("error", reject);
    child.on("close", (code) => resolve({ exitCode: code ?? 1, output }));
  });
