import type { Numbers, PreparedRun } from "./peer.js";

/** How one peer does one operation; `Value` is the peer's own array type. */
export interface RunParts<Value> {
  readonly call: string;
  /** Does the work; what it returns is complete. */
  compute(): Value | Promise<Value>;
  /** Copies a result out; must not consume it. */
  read(value: Value): Numbers | Promise<Numbers>;
  free(value: Value): void;
  freeInputs(): void;
}

/**
 * The prepared runs of one session: keeps at most one result of each alive, and frees what is left
 * when the session ends.
 */
export class PreparedRuns {
  readonly #live: Set<PreparedRun> = new Set();

  /** A run that stays synchronous where `compute` is, so that awaiting costs no peer a turn. */
  prepare<Value>(parts: RunParts<Value>): PreparedRun {
    let held: { value: Value } | undefined;
    const release = (): void => {
      if (held) parts.free(held.value);
      held = undefined;
    };
    const prepared: PreparedRun = {
      call: parts.call,
      run: () => {
        release();
        const value = parts.compute();
        if (value instanceof Promise) {
          return value.then((done) => {
            held = { value: done };
          });
        }
        held = { value };
        return undefined;
      },
      result: async () => {
        if (!held) throw new Error(`${parts.call}: no result yet; call run() first`);
        return parts.read(held.value);
      },
      dispose: () => {
        if (!this.#live.delete(prepared)) return;
        release();
        parts.freeInputs();
      },
    };
    this.#live.add(prepared);
    return prepared;
  }

  disposeAll(): void {
    for (const prepared of [...this.#live]) prepared.dispose();
  }
}
