/** An object of WebGPU that says something else of itself: what it does is done by the real one. */
export function pretending<T extends object>(real: T, about: Readonly<Record<string, unknown>>): T {
  return new Proxy(real, {
    get(target, name): unknown {
      if (typeof name === "string" && Object.hasOwn(about, name)) return about[name];
      const value = Reflect.get(target, name);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}
