/** What a page loads of other libraries: of each package those files of its `dist`. */
export const servedPackages: readonly { readonly name: string; readonly files: RegExp }[] = [
  { name: "@tensorflow/tfjs", files: /^tf\.min\.js$/ },
  { name: "@tensorflow/tfjs-backend-webgpu", files: /^tf-backend-webgpu\.min\.js$/ },
  { name: "onnxruntime-web", files: /^ort\.webgpu\.bundle\.min\.mjs$|\.asyncify\.(mjs|wasm)$/ },
  { name: "@jax-js/jax", files: /\.js$/ },
];

/** Where the server has a file of a package. */
export function servedFile(name: string, file: string): string {
  return `/peers/${name}/${file}`;
}
