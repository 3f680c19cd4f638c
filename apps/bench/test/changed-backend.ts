import { js } from "@blk/backend-js";
import type { Backend, BackendProvider } from "@blk/core";

/** The JavaScript backend under another name and with some members replaced. */
export function changedBackend(
  name: string,
  change: (backend: Backend) => Partial<Backend> = () => ({}),
): BackendProvider {
  const create = async (): Promise<Backend> => {
    const backend = await js().create();
    const changed: Partial<Backend> = { ...change(backend), name };
    return new Proxy(backend, {
      get(_, key: keyof Backend) {
        const value: unknown = changed[key] ?? backend[key];
        // Private fields are reached only from the backend itself.
        return typeof value === "function" ? value.bind(backend) : value;
      },
    });
  };
  return { ...js(), name, create };
}
