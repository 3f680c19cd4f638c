import type { Options } from "../options.js";
import type { Report } from "../report.js";
import type { BackendResults } from "../run-backends.js";

// What goes between the program and its page, all of it plain JSON.

export interface PageRequest {
  readonly options: Pick<Options, "quick" | "peers" | "backends" | "cases" | "threads">;
  /** Of what the options choose, only these ids are timed, and all else is left out. */
  readonly only?: readonly string[];
  /** What the page is called in names of backends and of steps: `Chromium 150`. */
  readonly place: string;
  /** Names of backends without which the run is not what was asked for. */
  readonly required: readonly string[];
  /** What runs elsewhere, or does not. */
  readonly others: Report["backends"];
  /** Whether the server has data to train on. */
  readonly hasData: boolean;
  /** Why the server has no other libraries to compare with, where they are asked for. */
  readonly peersMissing?: string;
}

/** The names of its backends say where they ran. */
export interface PageResults extends BackendResults {
  readonly backends: Report["backends"];
  /** What the page can do at best; the shares of its backends are shares of this. */
  readonly roofs: Report["roofs"];
  /** Its own backends beside other libraries in the page. */
  readonly peers: Report["peers"];
  readonly notes: readonly string[];
}

export type PageAnswer =
  | { readonly kind: "measured"; readonly results: PageResults }
  /** The request cannot be met; the message says what to do. */
  | { readonly kind: "refused"; readonly message: string };
