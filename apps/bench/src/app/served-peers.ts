import { servedFile, servedPackages } from "../peers/served-files.js";

/** Whether the server that the page comes from has the other libraries to compare with. */
export async function hasServedPeers(): Promise<boolean> {
  try {
    for (const { name } of servedPackages) {
      const answer = await fetch(servedFile(name, "package.json"));
      // Some servers answer every address with a page.
      const isJson = answer.headers.get("content-type")?.includes("json") ?? false;
      if (!answer.ok || !isJson) return false;
    }
    return true;
  } catch {
    return false;
  }
}
