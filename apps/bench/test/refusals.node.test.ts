import { copyFile, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { benchFolder } from "../src/bench-folder.js";
import { loadFashionMnist } from "../src/data/fashion-mnist.js";
import { refusal } from "./run-main.js";

// What cannot be met: exit code 2, one sentence with the remedy, nothing measured, nothing written.

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "bench-refusal-"));
});
afterEach(() => rm(folder, { recursive: true }));

test.each([
  [["--fast"], /^there is no option --fast\. See --help/],
  [["--json"], /^--json needs a value; write --json FILE$/],
  [
    ["--backends", "cuda"],
    /^there is no backend "cuda"; there are: wasm, js, webgpu\. Name one of these/,
  ],
  [["--backends", "js,cuda"], /^there is no backend "cuda"/],
  [["--cases", "nothing-like-this"], /^no case matches --cases nothing-like-this; --list shows/],
  [["--cases", "nothing-like-this", "--list"], /^no case matches/],
  [["--cases", "training"], /^all that --cases training matches is only compared.*with --peers$/],
  [["--quick", "--cases", "matmul/f64/2048"], /^--quick leaves out all.*run without --quick$/],
])("%j", async (argv, sentence) => {
  expect(await refusal(argv)).toMatch(sentence);
});

describe("a report to compare with", () => {
  test.each([
    ["is missing", undefined, /cannot be read.*run the bench with --json FILE to make one$/],
    ["is no JSON", "hello\n\u0007", /is not JSON.*run the bench with --json FILE to make one$/],
    ["was cut off", '{"kind": "blk-bench", "vers', /perhaps it was cut off/],
    ["is of another kind", '{"kind": "vitest"}', /is not a report of this bench/],
  ])("that %s", async (_, text, sentence) => {
    const old = join(folder, "old.json");
    if (text !== undefined) await writeFile(old, text);
    const file = join(folder, "report.json");
    const said = await refusal(["--compare", old, "--json", file]);
    expect(said).toMatch(sentence);
    expect(said).not.toMatch(/\p{Cc}/u);
    expect(await readdir(folder)).toEqual(text === undefined ? [] : ["old.json"]);
  });
});

test("a report's place where none can be made", async () => {
  await writeFile(join(folder, "file"), "");
  for (const place of ["", "file/report.json"]) {
    const said = await refusal(["--json", join(folder, place)]);
    expect(said).toMatch(/^the report cannot be written to .*; name a file in a folder.* --json$/);
  }
  expect(await readdir(folder)).toEqual(["file"]);
});

describe("training data", () => {
  const [images, labels] = ["t10k-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte.gz"];
  const argv = (): string[] => ["--quick", "--cases", "workload", "--json", join(folder, "r.json")];
  const loadData = () => loadFashionMnist({ split: "bundled", bundledDirectory: folder });

  beforeEach(async () => {
    const bundled = join(benchFolder(), "data", "fashion-mnist");
    for (const name of [images, labels]) await copyFile(join(bundled, name), join(folder, name));
  });

  test("that is missing", async () => {
    await rm(join(folder, images));
    const said = await refusal(argv(), { loadData });
    expect(said).toMatch(/^the network cannot be trained: .*t10k-images.*no such file/);
    expect(said).toMatch(/restore the file.*, or choose other cases with --cases$/);
    expect(await readdir(folder)).toEqual([labels]);
  });

  test("that is corrupt", async () => {
    await writeFile(join(folder, labels), (await readFile(join(folder, labels))).subarray(0, 99));
    const said = await refusal(argv(), { loadData });
    expect(said).toMatch(/t10k-labels.*damaged or changed; restore the file/);
    expect((await readdir(folder)).sort()).toEqual([images, labels]);
  });
});

describe("a backend's module", () => {
  /** A function that makes a provider, with parts replaced. */
  const made = (parts: string): string =>
    `export const make = ({ threads }) => ({
      name: "mine",
      specVersion: 1,
      probe: async () => ({ available: true }),
      create: async () => ({}),
      ${parts}
    });`;

  test.each([
    ["that exports nothing", "", /exports nothing, but no backend provider/],
    ["that exports something else", "export const x = 1;", /exports x, but no backend provider/],
    ["that throws", `throw new Error("not today");`, /cannot be loaded \(not today\)/],
    ["that throws no error", "throw undefined;", /cannot be loaded \(undefined\)/],
    ["that is no JavaScript", "const a = ", /cannot be loaded \(/],
    ["that imports what is missing", `import "./none.js";`, /cannot be loaded \(.*none\.js/],
    [
      "whose function throws",
      `export const make = () => { throw new Error("no device"); };`,
      /no function that returns one \(make failed: no device\); export \{ name,/,
    ],
    [
      "whose provider is not complete",
      made("create: undefined"),
      /exports make, but no backend provider/,
    ],
    [
      "that cannot run here",
      made(`probe: async () => ({ available: false, reason: threads + " threads" })`),
      /^cannot run here: mine \(3 threads\); run without it, for example with --backends js$/,
    ],
    [
      "whose probe throws",
      made(`probe: async () => { throw new Error("no device"); }`),
      /^cannot run here: mine \(no device\)/,
    ],
    [
      "whose create throws",
      made(`create: async () => { throw new Error("no memory"); }`),
      /^cannot run here: mine \(no memory\)/,
    ],
    ["that makes no backend", made(""), /^cannot run here: mine \(its create\(\) gave no backend/],
    [
      "of another version",
      made("specVersion: 2"),
      /^cannot run here: mine \(it implements version 2/,
    ],
  ])("%s", async (_, text, sentence) => {
    const module = join(folder, "mine.mjs");
    await writeFile(module, text);
    const argv = ["--quick", "--json", join(folder, "report.json"), "--threads", "3"];
    expect(await refusal([...argv, "--backend-module", module])).toMatch(sentence);
    expect(await readdir(folder)).toEqual(["mine.mjs"]);
  });

  test("that cannot run here, named beside one that can", async () => {
    const module = join(folder, "mine.mjs");
    await writeFile(module, made(`probe: async () => { throw new Error("no device"); }`));
    const argv = ["--backend-module", module, "--backends", "js,mine", "--json", `${module}.json`];
    expect(await refusal(argv)).toMatch(/^cannot run here: mine \(no device\)/);
  });

  test.each(["./no-such-module.js", "no-such-package", benchFolder()])("%s", async (specifier) => {
    expect(await refusal(["--backend-module", specifier])).toMatch(
      /^--backend-module .* cannot be loaded .*; name a built JavaScript module by its path, or an installed package$/,
    );
  });
});
