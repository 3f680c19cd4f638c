import type { Backend } from "@blk/core";
import type { Emit } from "./events.js";
import { messageOf } from "./message-of.js";

/** Whether a backend has lost its device meanwhile, which goes into the report when it happens. */
export class DeviceLoss {
  #reason: string | undefined;
  #isWatched = true;

  constructor({ name, lost }: Pick<Backend, "name" | "lost">, emit: Emit) {
    // A module's backend may have no such member.
    void lost?.then((error) => {
      if (!this.#isWatched) return;
      this.#reason = messageOf(error);
      const text = `${name} was lost, and what had not run on it yet was left out: ${this.#reason}`;
      emit({ kind: "note", text });
    });
  }

  /** A function by itself, to be handed on. */
  readonly isLost = (): boolean => this.#reason !== undefined;

  /** Why it was lost; absent where it was not. */
  get reason(): string | undefined {
    return this.#reason;
  }

  /** Backends that are closed lose their devices, and that is no news. */
  end(): void {
    this.#isWatched = false;
  }
}
