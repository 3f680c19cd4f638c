import { stripVTControlCharacters } from "node:util";
import type { ConformanceCase } from "../src/conformance.js";
import { main, type Surroundings } from "../src/main.js";

/** A conformance case that passes at once, or does what `run` does. */
export function exampleCase(run?: ConformanceCase["run"]): ConformanceCase {
  const about = { name: "add/f32", operation: "add", dtype: "f32" };
  return { ...about, run: run ?? (async () => ({ ...about, checks: 2, status: "passed" })) };
}

export interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs the bench in this process and collects what it prints, colours left out. */
export async function runMain(
  argv: readonly string[],
  surroundings: Partial<Surroundings> = {},
): Promise<Ended> {
  let [out, err] = ["", ""];
  const stdout = { write: (text: string) => (out += text) };
  const stderr = { write: (text: string) => (err += text) };
  const conformance = [exampleCase()];
  const pageFolder = "/where/no/page/was/built";
  const code = await main(argv, { stdout, stderr, conformance, pageFolder, ...surroundings });
  return { code, out: stripVTControlCharacters(out), err: stripVTControlCharacters(err) };
}

/** What is printed where a request cannot be met: one sentence on stderr, nothing else. */
export async function refusal(
  argv: readonly string[],
  surroundings?: Partial<Surroundings>,
): Promise<string> {
  const { code, out, err } = await runMain(argv, surroundings);
  const sentence = err.match(/^bench: (.*)\n$/)?.[1];
  if (code !== 2 || out !== "" || sentence === undefined) {
    throw new Error(`not refused as it should be: exit code ${code}\n${out}\n${err}`);
  }
  return sentence;
}
