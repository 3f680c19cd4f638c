import { spawn } from "node:child_process";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The repository's root folder. */
export const root = dirname(dirname(fileURLToPath(import.meta.url)));

const bin = join(root, "node_modules", ".bin");
const separator = process.platform === "win32" ? ";" : ":";

/** The environment in which tools run: the workspace's own binaries first, and nobody asked anything. */
export const toolEnv = {
  ...process.env,
  PATH: `${bin}${separator}${process.env.PATH ?? ""}`,
  CI: "true",
  TURBO_TELEMETRY_DISABLED: "1",
  NO_UPDATE_NOTIFIER: "1",
};

/**
 * Runs a command without stdin and collects what it prints, stdout and stderr in the order it came.
 * Past the limit, the command and everything it started are ended.
 *
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ env?: NodeJS.ProcessEnv, limitSeconds?: number, cwd?: string }} [options]
 * @returns {Promise<{ ok: boolean, output: string, seconds: number }>}
 */
export function capture(command, args, { env = toolEnv, limitSeconds = 900, cwd = root } = {}) {
  const windows = process.platform === "win32";
  const started = performance.now();
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd,
      env,
      stdio: ["ignore", "pipe", "pipe"],
      detached: !windows,
      shell: windows,
    });
    const chunks = [];
    child.stdout.on("data", (chunk) => chunks.push(chunk));
    child.stderr.on("data", (chunk) => chunks.push(chunk));

    const end = () => endGroup(child);
    const timer = setTimeout(() => {
      chunks.push(Buffer.from(`\nEnded: it ran longer than ${limitSeconds} s.\n`));
      end();
    }, limitSeconds * 1000);
    const interrupt = () => {
      end();
      process.exit(130);
    };
    process.once("SIGINT", interrupt);
    process.once("SIGTERM", interrupt);

    const finish = (ok) => {
      clearTimeout(timer);
      process.off("SIGINT", interrupt);
      process.off("SIGTERM", interrupt);
      const output = Buffer.concat(chunks).toString("utf8");
      resolve({ ok, output, seconds: (performance.now() - started) / 1000 });
    };
    child.once("error", (error) => {
      chunks.push(Buffer.from(`${command}: ${error.message}\n`));
      finish(false);
    });
    child.once("close", (code) => finish(code === 0));
  });
}

/**
 * Runs a program of this workspace in Node, on this terminal; it is ended with this process.
 *
 * @param {readonly string[]} args
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {Promise<{ code: number | null, signal: NodeJS.Signals | null }>}
 */
export function runAttached(args, env = process.env) {
  const child = spawn(process.execPath, ["--enable-source-maps", ...args], {
    stdio: "inherit",
    env,
  });
  for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => child.kill(signal));
  return new Promise((resolve) => {
    child.once("close", (code, signal) => resolve({ code, signal }));
  });
}

/** Ends a child and, where the system has process groups, everything it started. */
function endGroup(child) {
  try {
    if (process.platform === "win32") child.kill("SIGKILL");
    else process.kill(-child.pid, "SIGKILL");
  } catch {
    // It ended by itself meanwhile.
  }
}

/** @param {number} seconds */
export function duration(seconds) {
  return `${seconds.toFixed(1)} s`;
}
