import type { Backend, BackendProvider, Capabilities, DType } from "@blk/core";
import { dtypes } from "@blk/core";
import { describe, expect, it } from "vitest";
import { conformanceCases, runCase } from "../src/index.js";
import { naive } from "./naive-backend.js";

const cases = conformanceCases({ runs: 1 }).filter(({ operation }) => operation === "capabilities");

/** The naive backend with other capabilities. */
function claiming(
  claims: Partial<Capabilities>,
  change: (backend: Backend) => void = () => undefined,
): BackendProvider {
  const create = async (): Promise<Backend> => {
    const backend = await naive().create();
    Object.assign(backend, { capabilities: { ...backend.capabilities, ...claims } });
    change(backend);
    return backend;
  };
  return { ...naive(), create };
}

/** The messages of the cases that fail, by name. */
async function failuresOn(provider: BackendProvider): Promise<Record<string, string | undefined>> {
  const backend = await provider.create();
  const failures: Record<string, string | undefined> = {};
  for (const one of cases) {
    const { name, status, message } = await runCase(one, { backend, open: provider.create });
    if (status !== "passed") failures[name] = message;
  }
  expect(backend.memoryUsage().buffers).toBe(0);
  return failures;
}

const without = (dtype: DType): readonly DType[] => dtypes.filter((other) => other !== dtype);

describe("what the capabilities deny", () => {
  it("is nothing to a backend that offers all", async () => {
    expect(cases).toHaveLength(5);
    expect(await failuresOn(naive())).toEqual({});
  });

  it.each(dtypes)("%s is an unexpected pass where it works after all", async (dtype) => {
    const failures = await failuresOn(claiming({ dtypes: without(dtype) }));
    const [name, ...others] = Object.keys(failures);
    expect([name, others]).toEqual([`capabilities/${dtype}: offered, or refused`, []]);
    expect(failures[name as string]).toMatch(
      new RegExp(
        `^unexpected pass: naive says that it has no ${dtype}, but passes 24 cases of multiply .*; add ${dtype} to capabilities.dtypes, or refuse`,
      ),
    );
  });

  it("is an unexpected pass in any one operation", async () => {
    const provider = claiming({ dtypes: without("f64") }, (backend) => {
      const refuse = (): never => {
        throw new Error("no f64");
      };
      Object.assign(backend, { multiply: refuse, map: refuse, gather: refuse, scatterAdd: refuse });
    });
    const { "capabilities/f64: offered, or refused": message } = await failuresOn(provider);
    expect(message).toMatch(/cases of reduce with it/);
  });

  it("is rightly denied where it is refused", async () => {
    const refusing = claiming({ dtypes: without("f64") }, (backend) => {
      const { read } = backend;
      // As late as can be: when the result is read.
      Object.assign(backend, {
        read: async (view: Parameters<Backend["read"]>[0]) => {
          if (view.dtype === "f64") throw new Error("no f64");
          return read.call(backend, view);
        },
      });
    });
    expect(await failuresOn(refusing)).toEqual({});
  });

  it("holds for rows by index", async () => {
    const claims = { rowIndexedTerms: false };
    const { "capabilities/rows by index: offered, or refused": message } = await failuresOn(
      claiming(claims),
    );
    expect(message).toMatch(/cases of multiply .*; set capabilities\.rowIndexedTerms/);
    const refusing = claiming(claims, (backend) => {
      const { multiply } = backend;
      Object.assign(backend, {
        multiply: (...[products, options]: Parameters<Backend["multiply"]>) => {
          if (products.some(({ terms }) => terms.some(({ rows }) => rows !== undefined))) {
            throw new Error("no rows by index");
          }
          multiply.call(backend, products, options);
        },
      });
    });
    expect(await failuresOn(refusing)).toEqual({});
  });
});
