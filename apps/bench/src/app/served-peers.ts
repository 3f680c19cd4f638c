import { servedFile, servedPackages } from "../peers/served-files.js";

/** Whether the server that the page comes from has the other libraries to compare with. */
export async function hasServedPeers(): Promise<boolean> {
  try {
    const answers = await Promise.all(
      servedPackages.map(({ name }) => fetch(servedFile(name, "package.json"))),
    );
    // Some servers answer every address with a page.
    return answers.every((answer) => {
      const type = answer.headers.get("content-type") ?? "";
      return answer.ok && type.includes("json");
    });
  } catch {
    return false;
  }
}
