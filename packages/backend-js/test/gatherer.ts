import { type Backend, BlockMatrix } from "@blk/core";

/** The same backend, but for rows by index, which it does not read. */
export function gathererOf(backend: Backend): Backend {
  const capabilities = { ...backend.capabilities, rowIndexedTerms: false };
  return Object.create(backend, { capabilities: { value: capabilities } }) as Backend;
}

/** The same matrix on that backend. */
export function onGatherer(x: BlockMatrix, backend: Backend): BlockMatrix {
  return new BlockMatrix({ ...x, backend, storage: x.storage("test"), source: x });
}
