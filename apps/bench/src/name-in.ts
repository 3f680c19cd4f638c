/** What a backend is called that runs in `place`: `wasm (2 threads)` is `wasm (2 threads, place)`. */
export function nameIn(backend: string, place: string): string {
  return backend.endsWith(")") ? `${backend.slice(0, -1)}, ${place})` : `${backend} (${place})`;
}

/** What is to be told of `place`, as a sentence's beginning. */
export function saidOf(place: string, text: string): string {
  return `In ${place}, ${text}`;
}
