import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** Something that the server has, under its path. */
export interface Resource {
  readonly type: string;
  readonly bytes: Uint8Array;
}

export type Resources = ReadonlyMap<string, Resource>;

export interface PageServer {
  /** Without a path: `http://127.0.0.1:12345`. */
  readonly origin: string;
  close(): Promise<void>;
}

export interface ServerOptions {
  /** Default: any that is free. */
  readonly port?: number;
  /** Whether pages are cross-origin isolated. Default: true. */
  readonly isolated?: boolean;
}

const plainHeaders = { "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff" };

/** With these, a page is cross-origin isolated: its threads can share memory, its clock is fine. */
const isolation = {
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Embedder-Policy": "require-corp",
};

/** Serves these resources, and nothing else, to this machine alone. */
export async function startPageServer(
  resources: Resources,
  { port: wanted = 0, isolated = true }: ServerOptions = {},
): Promise<PageServer> {
  const headers = isolated ? { ...plainHeaders, ...isolation } : plainHeaders;
  const server = createServer((request, response) => answer(request, response, resources, headers));
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(wanted, "127.0.0.1", resolve);
  });
  const { port } = server.address() as AddressInfo;
  const close = async (): Promise<void> => {
    server.closeAllConnections();
    await new Promise<void>((resolve) => server.close(() => resolve()));
  };
  return { origin: `http://127.0.0.1:${port}`, close };
}

function answer(
  request: IncomingMessage,
  response: ServerResponse,
  resources: Resources,
  headers: Readonly<Record<string, string>>,
): void {
  // Only what is in the list is there, so that no path can lead anywhere else.
  const found = request.method === "GET" ? resources.get(request.url ?? "") : undefined;
  if (found === undefined) {
    response
      .writeHead(404, { ...headers, "Content-Type": "text/plain" })
      .end("There is nothing.\n");
    return;
  }
  const { type, bytes } = found;
  response.writeHead(200, {
    ...headers,
    "Content-Type": type,
    "Content-Length": bytes.byteLength,
  });
  response.end(bytes);
}
