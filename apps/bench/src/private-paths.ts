import { tmpdir } from "node:os";
import { benchFolder } from "./bench-folder.js";

/** An absolute path in a sentence, up to its last name; a space ends it. URLs of the web are none. */
const absolutePath =
  /(?<![\w.:/\\~…-])(?:file:\/\/)?(?:\/?[A-Za-z]:)?(?:[\\/][^\s\\/'"`()<>:;,]+)+[\\/](?=[^\s\\/])/g;

/** Folders that a message may name and that tell who ran the bench, and where. */
export function personalFolders(): readonly string[] {
  const { HOME = "", USERPROFILE = "" } = process.env;
  return [benchFolder(), process.cwd(), HOME, USERPROFILE, tmpdir()];
}

/**
 * A message without the folders of this machine: `…` stands for them, the names of files stay.
 * Those of `personal` are taken out first, for they may hold spaces.
 */
export function withoutPaths(text: string, personal: readonly string[]): string {
  const known = personal
    .filter((folder) => /[^\\/]/.test(folder))
    .sort((x, y) => y.length - x.length)
    .map((folder) => folder.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"))
    .reduce(
      (rest, folder) => rest.replace(new RegExp(`(?<!\\w)${folder}(?![\\w-])`, "g"), "…"),
      text,
    );
  return known.replace(absolutePath, "…/");
}
