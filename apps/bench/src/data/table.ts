import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { benchFolder } from "../bench-folder.js";
import { parseTable, type Table } from "./parse-table.js";

/** The bundled table of diabetes patients: ten measurements, and the progression a year later. */
export async function loadDiabetes(): Promise<Table> {
  const path = join(benchFolder(), "data", "diabetes", "diabetes.csv");
  return parseTable(await readFile(path, "utf8"));
}
