import { get } from "node:http";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type PageServer, startPageServer } from "../src/browser/page-server.js";

let server: PageServer;
beforeEach(async () => {
  const bytes = new TextEncoder().encode("export const x = 1;");
  server = await startPageServer(new Map([["/a.js", { type: "text/javascript", bytes }]]));
});
afterEach(() => server.close());

test("what it has is answered with its type, and isolates the page", async () => {
  const response = await fetch(`${server.origin}/a.js`);
  expect(response.status).toBe(200);
  expect(await response.text()).toBe("export const x = 1;");
  const headers = Object.fromEntries(response.headers);
  expect(headers).toMatchObject({
    "content-type": "text/javascript",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-embedder-policy": "require-corp",
  });
});

test.each(["/", "/b.js", "/A.js", "/a.js?", "/a.js/", "/%61.js", "/x/../../package.json"])(
  "%s is not there",
  async (path) => expect(await statusOf(path)).toBe(404),
);

test.each([
  "/../package.json",
  "/..%2fpackage.json",
  "/%2e%2e/package.json",
  "//etc/passwd",
  "/a.js/../../../etc/passwd",
  "http://example.org/a.js",
])("no path leads elsewhere: %s", async (path) => expect(await statusOf(path)).toBe(404));

test("nothing but reading is answered", async () => {
  const response = await fetch(`${server.origin}/a.js`, { method: "POST", body: "x" });
  expect(response.status).toBe(404);
});

test("only this machine is answered", () => {
  expect(server.origin).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
});

/** Of a path as it is: `fetch` would tidy it up. */
function statusOf(path: string): Promise<number | undefined> {
  const { hostname, port } = new URL(server.origin);
  return new Promise((resolve, reject) => {
    const request = get({ hostname, port, path }, (response) => {
      response.resume();
      resolve(response.statusCode);
    });
    request.on("error", reject);
  });
}
