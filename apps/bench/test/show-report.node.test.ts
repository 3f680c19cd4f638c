import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Report } from "../src/report.js";
import { examplePerformance, exampleReport } from "./example-report.js";
import { refusal, runMain } from "./run-main.js";

let folder: string;
let html: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "bench-show-"));
  html = join(folder, "report.html");
});
afterEach(() => rm(folder, { recursive: true }));

async function saved(name: string, report: Partial<Report>): Promise<string> {
  const file = join(folder, name);
  await writeFile(file, JSON.stringify(report));
  return file;
}

test("a saved report is printed and written as a page, and nothing is measured", async () => {
  const file = await saved("report.json", exampleReport());
  const { code, out, err } = await runMain(["--report", file, "--html", html]);
  expect({ code, err }).toEqual({ code: 0, err: "" });
  expect(out).toMatch(/Example CPU[\s\S]*In plain words[\s\S]*To look at: .*report\.html\n$/);
  expect(out).not.toContain("Report:");
  expect(await readFile(html, "utf8")).toContain("Example CPU");
  expect((await readdir(folder)).sort()).toEqual(["report.html", "report.json"]);
});

test("two saved reports are compared, on the terminal and in the page", async () => {
  const before = await saved("before.json", exampleReport());
  const slower = exampleReport({ performance: [examplePerformance(0.02)] });
  const argv = ["--report", await saved("after.json", slower), "--compare", before];
  const { code, out } = await runMain([...argv, "--html", html]);
  expect(code).toBe(1);
  expect(out).toMatch(/slower {2}js matmul\/f64\/512/);
  expect(await readFile(html, "utf8")).toContain("Compared with an older report");
});

test("what was wrong then has exit code 1 now", async () => {
  const wrong = examplePerformance(1, { status: "wrong", message: "off by one" });
  const file = await saved("wrong.json", exampleReport({ performance: [wrong] }));
  expect((await runMain(["--report", file])).code).toBe(1);
});

test("older reports lack what came since", async () => {
  const { peers: _, goals: __, families: ___, notes: ____, ...older } = exampleReport();
  const file = await saved("older.json", older);
  expect(await runMain(["--report", file, "--html", html])).toMatchObject({ code: 0, err: "" });
});

test("no text of a report reaches the terminal's own commands", async () => {
  const backends = [{ name: "js", ran: false, reason: "\u001b]0;title\u0007\u001b[2J gone" }];
  const file = await saved("hostile.json", exampleReport({ backends }));
  let text = "";
  const stdout = { write: (more: string) => (text += more) };
  await runMain(["--report", file], { stdout });
  expect(text).toContain("gone");
  for (const command of ["\u001b]", "\u001b[2J", "\u0007"]) expect(text).not.toContain(command);
});

test.each([
  [["--cases", "matmul"], /--report shows what was measured, so --cases does not go with it/],
  [["--quick"], /so --quick does not go with it; leave one of them out$/],
  [["--json", "other.json"], /so --json does not go with it/],
])("with %j it is refused", async (argv, reason) => {
  expect(await refusal(["--report", "report.json", ...argv])).toMatch(reason);
});

test("what is no report, or would be overwritten, is refused", async () => {
  const file = await saved("report.json", exampleReport());
  expect(await refusal(["--report", join(folder, "none.json")])).toMatch(/cannot be read/);
  expect(await refusal(["--report", file, "--html", file])).toMatch(
    /would overwrite; name another/,
  );
  const broken = { ...exampleReport(), roofs: null } as unknown as Partial<Report>;
  expect(await refusal(["--report", await saved("broken.json", broken)])).toMatch(
    /broken\.json cannot be shown \(.*\); run the bench again/,
  );
});
