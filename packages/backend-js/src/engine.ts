interface Host {
  readonly process?: { readonly versions?: { readonly v8?: string } };
  readonly navigator?: { readonly userAgent?: string };
}

/** The JavaScript engine in words: "JavaScript (V8 11.3)", "JavaScript (Firefox 140.0)". */
export function describeEngine(): string {
  const { process, navigator } = globalThis as Host;
  const v8 = process?.versions?.v8?.split(".").slice(0, 2).join(".");
  if (v8 !== undefined) return `JavaScript (V8 ${v8})`;
  const browser = navigator?.userAgent?.match(/(Firefox|Chrome|Version)\/([\d.]+)/);
  if (!browser) return "JavaScript";
  const [, product, version] = browser;
  return `JavaScript (${product === "Version" ? "Safari" : product} ${version})`;
}
