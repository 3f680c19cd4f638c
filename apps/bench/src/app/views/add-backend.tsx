import { useSignal } from "@preact/signals";
import type { BackendsState } from "../state/backends.js";

/** Brings a third party's backend, as `--backend-module` does: by its address, or as a file. */
export function AddBackend({ state }: { readonly state: BackendsState }) {
  const { problem } = state;
  const address = useSignal("");
  const addAddress = async (): Promise<void> => {
    const text = address.value.trim();
    if (!URL.canParse(text, location.href)) {
      problem.value = `"${text}" is no address; write one like https://example.org/my-backend.js`;
      return;
    }
    const { href } = new URL(text, location.href);
    if (await state.add({ url: href, name: text })) address.value = "";
  };
  return (
    <details class="more">
      <summary>Bring your own backend</summary>
      <p class="hint">
        A built JavaScript module that exports a backend provider, or a function that returns one.
        It runs in this browser with the rights of this page: take it only from whom you trust.
      </p>
      <div class="fields">
        <label>
          Its address
          <input
            type="text"
            inputMode="url"
            placeholder="https://example.org/my-backend.js"
            value={address.value}
            onInput={({ currentTarget }) => {
              address.value = currentTarget.value;
            }}
            onKeyDown={(event) => {
              // Here, Enter adds the backend, and does not yet run it.
              if (event.key !== "Enter") return;
              event.preventDefault();
              void addAddress();
            }}
          />
        </label>
        <button type="button" disabled={state.adding.value} onClick={() => void addAddress()}>
          Load
        </button>
        <label>
          or a file
          <input
            type="file"
            accept=".js,.mjs,text/javascript"
            onChange={async ({ currentTarget }) => {
              const file = currentTarget.files?.[0];
              if (file === undefined) return;
              const script = new Blob([file], { type: "text/javascript" });
              await state.add({ url: URL.createObjectURL(script), name: file.name });
              currentTarget.value = "";
            }}
          />
        </label>
      </div>
      <p role="status" class="quiet">
        {state.adding.value ? "Loading it …" : ""}
      </p>
      <p role="alert" class="bad">
        {problem.value}
      </p>
    </details>
  );
}
