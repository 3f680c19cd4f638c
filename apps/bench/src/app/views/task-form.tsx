import type { ComponentChildren } from "preact";

interface Props {
  /** What the button says that starts the task. */
  readonly start: string;
  /** What the button says that ends it. */
  readonly stop?: string;
  readonly isRunning: boolean;
  /** Whether what is chosen can be started. */
  readonly isReady: boolean;
  readonly onStart: () => Promise<void>;
  readonly onStop: () => void;
  readonly children: ComponentChildren;
}

/** What a task runs with, and two buttons: one starts it, the other ends it while it runs. */
export function TaskForm(props: Props) {
  const { start, stop = "Stop", isRunning, isReady, onStart, onStop, children } = props;
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        void onStart();
      }}
    >
      {children}
      <div class="actions">
        <button type="submit" class="primary" disabled={isRunning || !isReady}>
          {start}
        </button>
        <button type="button" disabled={!isRunning} onClick={onStop}>
          {stop}
        </button>
      </div>
    </form>
  );
}
