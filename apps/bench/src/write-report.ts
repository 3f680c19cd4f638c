import { mkdir, open, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { messageOf } from "./message-of.js";
import { personalFolders, withoutPaths } from "./private-paths.js";
import type { Report } from "./report.js";
import { uninterrupted } from "./uninterrupted.js";
import { UsageError } from "./usage-error.js";

/** The flags that name files. */
type FileFlag = "--json" | "--html";

function remedy(flag: FileFlag): string {
  return `name a file in a folder that you may write to with ${flag}`;
}

/**
 * Makes the folder of a report and writes there once, for a run takes long and must not end with
 * nowhere to put what it found. Throws `UsageError`.
 */
export async function checkWritable(path: string, flag: FileFlag = "--json"): Promise<void> {
  const target = resolve(path);
  const refuse = (why: string): UsageError =>
    new UsageError(`the report cannot be written to ${target} (${why}); ${remedy(flag)}`);
  if (/[\\/]$/.test(path)) throw refuse("that names a folder");
  const existing = await stat(target).catch(() => undefined);
  if (existing?.isDirectory()) throw refuse("that is a folder");
  // Moving a file over a device, as root, would do away with the device.
  if (existing !== undefined && !existing.isFile()) throw refuse("that is no ordinary file");
  try {
    await makeFolder(dirname(target));
    await uninterrupted(() => attemptWrite(target));
  } catch (error) {
    throw refuse(messageOf(error));
  }
}

/** Writes the report as JSON, all of it or nothing. Throws `UsageError` where that cannot be. */
export async function writeReport(path: string, report: Report): Promise<void> {
  await writeText(path, "--json", () => `${publicText(report)}\n`);
}

/**
 * Writes a text beside its place and then moves it there, so that a reader finds all of it or what was
 * there before, even when the run is interrupted. Throws `UsageError` where that cannot be.
 */
export async function writeText(path: string, flag: FileFlag, make: () => string): Promise<void> {
  const target = resolve(path);
  try {
    const text = make();
    await makeFolder(dirname(target));
    await uninterrupted(() => replaceFile(target, text));
  } catch (error) {
    throw new UsageError(
      `the report could not be written to ${target} (${messageOf(error)}); ${remedy(flag)}`,
    );
  }
}

/**
 * Writes the pictures of a report beside it, as PNG: those of the first backend that made some.
 * Returns their names. Throws `UsageError` where that cannot be.
 */
export async function writePictures(path: string, report: Report): Promise<readonly string[]> {
  const made = report.workload.find(({ compression }) => compression !== undefined)?.compression;
  if (made === undefined) return [];
  const target = resolve(path);
  const stem = join(dirname(target), basename(target, ".json"));
  const pictures = [
    { name: `${stem}-picture.png`, png: made.png },
    ...made.pictures.map(({ rank, png }) => ({ name: `${stem}-picture-rank-${rank}.png`, png })),
  ];
  try {
    await uninterrupted(async () => {
      for (const { name, png } of pictures) await replaceFile(name, Buffer.from(png, "base64"));
    });
  } catch (error) {
    throw new UsageError(
      `the pictures could not be written (${messageOf(error)}); ${remedy("--json")}`,
    );
  }
  return pictures.map(({ name }) => name);
}

/** Reports are passed on: the messages that they quote name no folder of the person who ran it. */
export function publicReport(report: Report): Report {
  return JSON.parse(publicText(report)) as Report;
}

/** Texts that are no messages: what was asked for, and pictures, whose letters must stay. */
const kept = new Set(["cases", "png"]);

function publicText(report: Report): string {
  const personal = personalFolders();
  const isQuoted = (name: string, value: unknown): value is string =>
    typeof value === "string" && !kept.has(name);
  return JSON.stringify(
    report,
    (name, value: unknown) => (isQuoted(name, value) ? withoutPaths(value, personal) : value),
    2,
  );
}

async function attemptWrite(target: string): Promise<void> {
  const temporary = temporaryOf(target);
  await (await open(temporary, "w")).close();
  await rm(temporary);
}

async function replaceFile(target: string, content: string | Uint8Array): Promise<void> {
  const temporary = temporaryOf(target);
  try {
    const file = await open(temporary, "w");
    try {
      await file.writeFile(content);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, target);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw error;
  }
}

function temporaryOf(target: string): string {
  return join(dirname(target), `.${basename(target)}.${process.pid}.tmp`);
}

/** As `mkdir` with `recursive`, which on Node 20 never comes back from a place like /proc. */
async function makeFolder(folder: string): Promise<void> {
  const existing = await stat(folder).catch(() => undefined);
  if (existing?.isDirectory()) return;
  if (existing === undefined && dirname(folder) !== folder) await makeFolder(dirname(folder));
  await mkdir(folder);
}
