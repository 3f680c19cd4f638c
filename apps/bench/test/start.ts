import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";

/** A process and what it printed so far. */
export interface Started {
  readonly child: ChildProcess;
  readonly out: () => string;
  readonly err: () => string;
  readonly ended: Promise<{ readonly code: number | null; readonly signal: string | null }>;
}

/** Starts Node with these arguments. */
export function start(
  args: readonly string[],
  { cwd, env: more = {} }: { readonly cwd: string; readonly env?: NodeJS.ProcessEnv },
): Started {
  // As a person's environment; some libraries do without colours where these are set.
  const { CI: _, TEST: __, NO_COLOR: ___, ...env } = process.env;
  const child = spawn(process.execPath, args, { cwd, env: { ...env, ...more } });
  let [out, err] = ["", ""];
  child.stdout.on("data", (chunk: Buffer) => {
    out += chunk.toString();
  });
  child.stderr.on("data", (chunk: Buffer) => {
    err += chunk.toString();
  });
  const ended = once(child, "close").then(([code, signal]) => ({ code, signal }));
  return { child, out: () => out, err: () => err, ended };
}
