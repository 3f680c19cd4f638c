import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { AppState } from "./state/state.js";
import { type ViewName, viewNamed, views } from "./views/index.js";

/** The page: its parts behind links, and what a person must know of this place. */
export function App({ state }: { readonly state: AppState }) {
  const view = useSignal<ViewName>(viewNamed(location.hash) ?? "run");
  useEffect(() => {
    // Other addresses in the page, such as that of a failed case, stay in their view.
    const follow = (): void => {
      view.value = viewNamed(location.hash) ?? view.value;
    };
    addEventListener("hashchange", follow);
    return () => removeEventListener("hashchange", follow);
  }, [view]);
  const { title, View } = views[view.value];
  return (
    <>
      <a class="skip" href="#main">
        To the content
      </a>
      <header>
        <p class="brand">
          @blk <span>bench</span>
        </p>
        <nav aria-label="Parts of this page">
          {Object.entries(views).map(([name, { title }]) => (
            <a href={`#${name}`} aria-current={name === view.value ? "page" : undefined}>
              {title}
            </a>
          ))}
        </nav>
      </header>
      <main id="main" tabIndex={-1}>
        <h1>{title}</h1>
        <View state={state} />
      </main>
      <footer>
        <p>
          Everything is computed here, by this browser, and nothing leaves it.
          {crossOriginIsolated ? null : <> {oneThread}</>}
        </p>
      </footer>
    </>
  );
}

const oneThread =
  "This page is not cross-origin isolated, so WebAssembly has one thread; npm run bench:page serves it isolated.";
