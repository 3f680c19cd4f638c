import type { Backend, BackendProvider } from "@blk/core";

/** The same provider under another name, and so its backend; a call costs one indirection more. */
export function renamed(provider: BackendProvider, name: string): BackendProvider {
  return {
    ...provider,
    name,
    create: async () => withName(await provider.create(), name),
  };
}

function withName(backend: Backend, name: string): Backend {
  const bound = new Map<PropertyKey, unknown>();
  return new Proxy(backend, {
    get(target, key) {
      if (key === "name") return name;
      const known = bound.get(key);
      if (known !== undefined) return known;
      const value: unknown = Reflect.get(target, key, target);
      if (typeof value !== "function") return value;
      // Private members are reached only from the backend itself.
      const method: unknown = value.bind(target);
      bound.set(key, method);
      return method;
    },
  });
}
