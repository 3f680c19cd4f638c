import { type ArgsDef, parseArgs } from "citty";
import { UsageError } from "./usage-error.js";

/** What the bench was asked for. */
export interface Options {
  /** Names of the backends to run; absent: all. */
  readonly backends?: readonly string[];
  /** Only cases whose id contains this, or, with `*`, that match it as a whole. */
  readonly cases?: string;
  readonly quick: boolean;
  readonly peers: boolean;
  /** Whether the backends of a page in Chromium run too. */
  readonly browser: boolean;
  readonly list: boolean;
  /** Whether only the model of WebGPU's tiles is printed. */
  readonly tiles: boolean;
  readonly help: boolean;
  /** Where the report goes; absent: a new file in the app's `reports/`. */
  readonly json?: string;
  /** Where the report goes as a page; absent: nowhere. */
  readonly html?: string;
  readonly threads?: number;
  readonly backendModule?: string;
  readonly compare?: string;
  /** A report that is shown again; then nothing is measured. */
  readonly report?: string;
}

/** The flags, as citty describes them. */
export const flags = {
  backends: {
    type: "string",
    valueHint: "a,b",
    description: "Backends to run (default: all that can run here)",
  },
  cases: {
    type: "string",
    valueHint: "PATTERN",
    description: "Only cases whose id contains this; * stands for anything",
  },
  quick: { type: "boolean", description: "Smaller sizes and less time" },
  peers: {
    type: "boolean",
    description: "Compare with other libraries (installs them on first use, about 450 MB)",
  },
  browser: {
    type: "boolean",
    description: "Measure WebGPU and WebAssembly in Chromium too (CHROMIUM_PATH, or one on PATH)",
  },
  json: {
    type: "string",
    valueHint: "FILE",
    description: "Where to write the report (default: a new file in apps/bench/reports/)",
  },
  html: {
    type: "string",
    valueHint: "FILE",
    description: "Write the report as a page too, in one file that needs no network",
  },
  list: { type: "boolean", description: "List the cases and end" },
  tiles: {
    type: "boolean",
    description: "Print what WebGPU's tiles would reach on three published devices, and end",
  },
  threads: { type: "string", valueHint: "N", description: "Threads for backends that have them" },
  "backend-module": {
    type: "string",
    valueHint: "SPECIFIER",
    description: "A module that exports a backend provider, or a function that returns one",
  },
  compare: {
    type: "string",
    valueHint: "OLD.json",
    description: "List what got slower or broke since that report; exit code 1 if anything did",
  },
  report: {
    type: "string",
    valueHint: "FILE.json",
    description: "Measure nothing: show that report, with --html as a page, with --compare changes",
  },
  help: { type: "boolean", alias: "h", description: "Show this help" },
} as const satisfies ArgsDef;

type Flag = keyof typeof flags;

/** Parses and validates. Throws `UsageError` for anything that is not understood. */
export function parseOptions(argv: readonly string[]): Options {
  const given = checkTokens(argv);
  const parsed = parseArgs<typeof flags>([...argv], flags);
  const text = (flag: Flag): string | undefined => {
    const value: unknown = parsed[flag];
    return typeof value === "string" ? value.trim() : undefined;
  };
  const names = text("backends")
    ?.split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "");
  if (names?.length === 0) {
    throw new UsageError("--backends names no backend; write for example --backends js");
  }
  const optional = {
    backends: names,
    cases: text("cases"),
    json: text("json"),
    html: text("html"),
    threads: threadsOf(text("threads")),
    backendModule: text("backend-module"),
    compare: text("compare"),
    report: text("report"),
  };
  if (optional.report !== undefined) checkAlone(given);
  return {
    quick: parsed.quick === true,
    peers: parsed.peers === true,
    browser: parsed.browser === true,
    list: parsed.list === true,
    tiles: parsed.tiles === true,
    help: parsed.help === true,
    ...(Object.fromEntries(
      Object.entries(optional).filter(([, value]) => value !== undefined),
    ) as Partial<Options>),
  };
}

/** What goes with a report that is there already. */
const besideReport = new Set<string>(["report", "html", "compare", "help"] satisfies Flag[]);

/** What says what to measure says nothing where nothing is measured. */
function checkAlone(given: ReadonlySet<string>): void {
  const other = [...given].find((flag) => !besideReport.has(flag));
  if (other === undefined) return;
  throw new UsageError(
    `--report shows what was measured, so --${other} does not go with it; leave one of them out`,
  );
}

/** The flags that are given. citty passes over what it does not know; a mistyped flag must not go unnoticed. */
function checkTokens(argv: readonly string[]): ReadonlySet<string> {
  const given = new Set<string>();
  for (let i = 0; i < argv.length; i++) {
    const token = argv[i] as string;
    if (token === "-h") continue;
    const [name = "", ...rest] = token.replace(/^--/, "").split("=");
    if (!token.startsWith("--")) {
      throw new UsageError(`"${token}" is not understood; every option starts with --, see --help`);
    }
    if (!Object.hasOwn(flags, name)) {
      const near = nearest(name);
      const hint = near === undefined ? "" : ` Did you mean --${near}?`;
      throw new UsageError(`there is no option ${token}.${hint} See --help for those there are`);
    }
    if (given.has(name)) throw new UsageError(`--${name} is given twice; give it once`);
    given.add(name);
    const isText = flags[name as Flag].type === "string";
    if (!isText) {
      if (rest.length > 0) throw new UsageError(`--${name} takes no value; write just --${name}`);
      continue;
    }
    const value = rest.length > 0 ? rest.join("=") : argv[++i];
    if (value === undefined || value.trim() === "" || value.startsWith("--")) {
      const { valueHint } = flags[name as Flag] as { readonly valueHint: string };
      throw new UsageError(`--${name} needs a value; write --${name} ${valueHint}`);
    }
  }
  return given;
}

/** More is a slip of the hand, and so many threads could stop the machine. */
const mostThreads = 1024;

function threadsOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const count = Number(text);
  if (!/^\d+$/.test(text) || count < 1 || count > mostThreads) {
    throw new UsageError(`--threads needs a whole number from 1 to ${mostThreads}, got "${text}"`);
  }
  return count;
}

/** The flag that shares the longest beginning, of three letters or more. */
function nearest(name: string): string | undefined {
  const shared = (flag: string): number => {
    let length = 0;
    while (length < flag.length && flag[length] === name[length]) length++;
    return length;
  };
  const best = Object.keys(flags).sort((x, y) => shared(y) - shared(x))[0] as string;
  return shared(best) >= 3 ? best : undefined;
}
