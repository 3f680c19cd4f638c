import type { Backend } from "@blk/core";

/** The same backend with some members replaced; a call costs one indirection more. */
export function proxied(backend: Backend, members: Partial<Backend>): Backend {
  const bound = new Map<PropertyKey, unknown>(Object.entries(members));
  return new Proxy(backend, {
    get(target, key) {
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
