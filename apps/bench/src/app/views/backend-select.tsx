import type { BackendsState } from "../state/backends.js";

interface Props {
  readonly backends: BackendsState;
  readonly value: string;
  readonly onChange: (name: string) => void;
}

/** One of the backends that run here. */
export function BackendSelect({ backends, value, onChange }: Props) {
  return (
    <label>
      Backend
      <select value={value} onChange={({ currentTarget }) => onChange(currentTarget.value)}>
        {backends.entries.value
          .filter(({ ran }) => ran)
          .map(({ name }) => (
            <option>{name}</option>
          ))}
      </select>
    </label>
  );
}

/** The one that a person said, or the first that is chosen, or the first that runs. */
export function oneBackend({ entries, chosen }: BackendsState, said: string | undefined): string {
  const running = entries.value.find(({ ran }) => ran);
  return said ?? chosen.value[0] ?? running?.name ?? "";
}
