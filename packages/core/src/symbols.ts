/**
 * The symbols of `using` and `await using`, also on engines that lack them: compilers that lower
 * `using` look for these, and no global is patched.
 */
export const disposeSymbol: typeof Symbol.dispose =
  Symbol.dispose ?? (Symbol.for("Symbol.dispose") as typeof Symbol.dispose);

export const asyncDisposeSymbol: typeof Symbol.asyncDispose =
  Symbol.asyncDispose ?? (Symbol.for("Symbol.asyncDispose") as typeof Symbol.asyncDispose);

/**
 * The method of an object that holds matrices: lists them, or further holders. A `scope` that
 * returns such an object keeps what it lists. A registered symbol, so that every copy of this
 * package knows it.
 */
export const heldSymbol: unique symbol = /* @__PURE__ */ Symbol.for("@blk/held") as never;

/** An object that tells `scope` what it holds. */
export interface Holder {
  [heldSymbol](): Iterable<unknown>;
}
