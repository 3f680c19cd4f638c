interface Host {
  readonly process?: { readonly versions?: { readonly v8?: string } };
  readonly navigator?: { readonly userAgent?: string };
}

/** The engine and what of it is used: "WebAssembly SIMD (V8 11.3)". */
export function describeEngine(fused: boolean): string {
  const kind = fused ? "WebAssembly relaxed SIMD" : "WebAssembly SIMD";
  const { process, navigator } = globalThis as Host;
  const v8 = process?.versions?.v8?.split(".").slice(0, 2).join(".");
  if (v8 !== undefined) return `${kind} (V8 ${v8})`;
  const browser = navigator?.userAgent?.match(/(Firefox|Chrome|Version)\/([\d.]+)/);
  if (!browser) return kind;
  const [, product, version] = browser;
  return `${kind} (${product === "Version" ? "Safari" : product} ${version})`;
}
