/**
 * The rules as operations of `@blk/nn`: in the middle of a computation, whose gradients are compared
 * with central differences by the elements it starts from.
 */
import * as nn from "@blk/nn";
import { expect, test } from "vitest";
import {
  choleskyRule,
  inverseRule,
  logDeterminantRule,
  solveRule,
  svdRule,
  symmetricEigenRule,
} from "../src/index.js";
import { type Ground, onBackend, onEachBackend } from "./backends.js";
import { type HostMatrix, matrix, random } from "./matrices.js";

/** What a computation makes beside variables, to be disposed after its gradients. */
type Own = <T extends Disposable>(made: T) => T;
type Computation = (own: Own, ...inputs: nn.Variable[]) => Promise<nn.Variable>;

/** P·Pᵀ: symmetric, and a function of elements that can change one by one. */
function gram(p: nn.Variable): nn.Variable {
  return nn.matmul(p, p, { transposeB: true });
}

/** Does not depend on the signs of the vectors. */
function squares(vectors: nn.Variable): nn.Variable {
  return nn.mul(vectors, vectors);
}

const cases: Record<string, Computation> = {
  solve: async (own, p, b) => {
    const a = gram(p);
    const [left, right] = [a, nn.mul(b, b)];
    return nn.differentiable(own(await solveRule(left.value, right.value)))(left, right);
  },
  inverse: async (own, p) => {
    const a = nn.mul(p, p);
    return nn.differentiable(own(await inverseRule(a.value)))(a);
  },
  logDeterminant: async (own, p) => {
    const a = nn.mul(p, p);
    return nn.differentiable(own(await logDeterminantRule(a.value)))(a);
  },
  "Cholesky, then a solution by its factor": async (own, p, b) => {
    const a = gram(p);
    const l = nn.differentiable(own(await choleskyRule(a.value)))(a);
    return nn.differentiable(own(await solveRule(l.value, b.value)))(l, b);
  },
  "eigenvalues and eigenvectors": async (own, p) => {
    const a = gram(p);
    const rule = own(await symmetricEigenRule(a.value));
    const [values, vectors] = nn.differentiableMany(rule)(a);
    return nn.mul(squares(vectors as nn.Variable), values as nn.Variable);
  },
  "eigenvalues alone": async (own, p) => {
    const a = gram(p);
    const rule = own(await symmetricEigenRule(a.value));
    return nn.differentiableMany(rule)(a)[0] as nn.Variable;
  },
  "singular values and vectors": async (own, p) => {
    const a = nn.mul(p, p);
    const [u, s, v] = nn.differentiableMany(own(await svdRule(a.value)))(a);
    const left = nn.matmul(squares(u as nn.Variable), s as nn.Variable);
    return nn.add(left, nn.sum(squares(v as nn.Variable), { per: "row" }));
  },
};

/** Dominated by a diagonal of 2, 3, 4 …: well conditioned, with values that are far apart. */
function separated(n: number): HostMatrix {
  const noise = random(n).data;
  return matrix("", n, n, (i, j) => 0.3 * (noise[i * n + j] as number) + (i === j ? i + 2 : 0));
}

async function evaluate(ground: Ground, computation: Computation, hosts: readonly HostMatrix[]) {
  const owned: Disposable[] = [];
  const own: Own = (made) => {
    owned.push(made);
    return made;
  };
  const inputs = hosts.map((host) => own(nn.parameter(onBackend(ground, host))));
  const result = await computation(own, ...inputs);
  const weights = own(onBackend(ground, random(result.rows, result.cols, 21)));
  const loss = own(nn.sum(nn.mul(result, weights)));
  const gradients = nn.gradients(loss, inputs).map(own);
  const values = await Promise.all(gradients.map((gradient) => gradient.toArray()));
  const sum = await loss.toNumber();
  for (const item of owned) item[Symbol.dispose]();
  return { sum, gradients: values };
}

await onEachBackend(
  (ground) => {
    test.each(Object.entries(cases))("%s", async (_, computation) => {
      const n = 4;
      const hosts = [separated(n), random(n, 2, 3)].slice(0, computation.length - 1);
      const { buffers } = ground.backend.memoryUsage();
      const { gradients } = await evaluate(ground, computation, hosts);
      expect(ground.backend.memoryUsage().buffers).toBe(buffers);
      expect(gradients.flatMap((gradient) => [...gradient]).some((g) => g !== 0)).toBe(true);
      const step = 2 ** -15;
      for (const [which, host] of hosts.entries()) {
        for (const at of host.data.keys()) {
          const moved = (by: number): readonly HostMatrix[] =>
            hosts.map((other, k) => {
              const data = other.data.slice();
              if (k === which) data[at] = (data[at] as number) + by;
              return { ...other, data };
            });
          const up = (await evaluate(ground, computation, moved(step))).sum;
          const down = (await evaluate(ground, computation, moved(-step))).sum;
          const slope = (up - down) / (2 * step);
          const found = gradients[which]?.[at] as number;
          // Truncation is step² = 2⁻³⁰ times a sixth of a third derivative, which is below 100;
          // rounding some 2⁻⁵³ / step times a sum below 100.
          expect(Math.abs(found - slope), `input ${which}, element ${at}`).toBeLessThan(2e-8);
        }
      }
    });
  },
  ["f64"],
);
