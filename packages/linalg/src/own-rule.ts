import { type BlockMatrix, disposeSymbol, scope } from "@blk/core";

interface OwnedRule<F, A extends readonly unknown[]> extends Disposable {
  readonly name: string;
  readonly forward: F;
  backward(...args: A): readonly BlockMatrix[];
  dispose(): void;
}

/** A rule of differentiation that owns matrices; a backward pass frees all that it makes meanwhile. */
export function ownRule<F, A extends readonly unknown[]>(
  name: string,
  owned: readonly { dispose(): void }[],
  forward: F,
  backward: (...args: A) => readonly BlockMatrix[],
): OwnedRule<F, A> {
  const dispose = (): void => {
    for (const one of owned) one.dispose();
  };
  const rule: OwnedRule<F, A> = {
    name,
    forward,
    backward: (...args: A): readonly BlockMatrix[] => scope(() => backward(...args)),
    dispose,
    [Symbol.dispose]: dispose,
  };
  // Where an engine lacks Symbol.dispose, lowered `using` looks for this symbol.
  return Object.assign(rule, { [disposeSymbol]: dispose });
}
