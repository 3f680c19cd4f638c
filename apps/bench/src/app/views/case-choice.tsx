import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { askWorker } from "../ask-worker.js";
import { hasServedPeers } from "../served-peers.js";
import type { CaseChoiceState } from "../state/case-choice.js";
import type { Counts, RunRequest } from "../worker/tasks.js";

interface Props {
  readonly choice: CaseChoiceState;
  readonly request: () => Omit<RunRequest, "modules">;
  readonly disabled: boolean;
}

const sizes = [64, 256, 512, 1024];
/** Milliseconds after the last key before cases are counted. */
const pause = 250;

/** Which cases to run: the same patterns as `--cases`, and how many that are. */
export function CaseChoice({ choice, request, disabled }: Props) {
  const { quick, pattern, largest } = choice;
  return (
    <fieldset disabled={disabled}>
      <legend>Cases</legend>
      <div class="fields">
        <label class="inline">
          <input
            type="radio"
            name="extent"
            checked={quick.value}
            onChange={() => {
              quick.value = true;
            }}
          />
          Quick: smaller sizes, less time
        </label>
        <label class="inline">
          <input
            type="radio"
            name="extent"
            checked={!quick.value}
            onChange={() => {
              quick.value = false;
            }}
          />
          Full: a few minutes
        </label>
      </div>
      <div class="fields">
        <label>
          Only cases whose name contains
          <input
            type="text"
            placeholder="all"
            spellcheck={false}
            autocomplete="off"
            aria-describedby="cases-hint"
            value={pattern.value}
            onInput={({ currentTarget }) => {
              pattern.value = currentTarget.value;
            }}
          />
        </label>
        <label>
          Largest size timed
          <select
            value={largest.value ?? ""}
            onChange={({ currentTarget }) => {
              largest.value = Number(currentTarget.value) || undefined;
            }}
          >
            <option value="">any</option>
            {sizes.map((size) => (
              <option value={size}>{size}</option>
            ))}
          </select>
        </label>
      </div>
      <PeerChoice peers={choice.peers} />
      <p id="cases-hint" class="hint">
        As in <code>--cases</code>, <code>*</code> stands for anything: <code>matmul/f32/*</code>,{" "}
        <code>conformance/softmax</code>, <code>workload</code>.
      </p>
      <Count request={request()} />
    </fieldset>
  );
}

/** Other libraries are too large for every host: only some servers have them. */
function PeerChoice({ peers }: { readonly peers: CaseChoiceState["peers"] }) {
  const isServed = useSignal(false);
  useEffect(() => {
    void hasServedPeers().then((answer) => {
      isServed.value = answer;
    });
  }, [isServed]);
  return (
    <div class="fields">
      <label class="inline">
        <input
          type="checkbox"
          checked={peers.value}
          disabled={!isServed.value}
          onChange={({ currentTarget }) => {
            peers.value = currentTarget.checked;
          }}
        />
        Beside other libraries on WebGPU
      </label>
      {isServed.value ? null : (
        <p class="hint">
          Not served here: <code>npm run bench -- --browser --peers</code> installs them, and{" "}
          <code>npm run bench:page</code> then has them.
        </p>
      )}
    </div>
  );
}

function Count({ request }: { readonly request: Omit<RunRequest, "modules"> }) {
  const counts = useSignal<Counts | undefined>(undefined);
  const { quick, cases, peers } = request.options;
  useEffect(() => {
    let stop = (): void => undefined;
    const timer = setTimeout(() => {
      const asked = askWorker("count", request);
      stop = asked.stop;
      asked.answer.then(
        (answer) => {
          counts.value = answer;
        },
        () => undefined,
      );
    }, pause);
    return () => {
      clearTimeout(timer);
      stop();
    };
  }, [quick, cases, peers, request.largest]);
  return (
    <p class="count" role="status">
      {counts.value === undefined ? "Counting …" : inWords(counts.value)}
    </p>
  );
}

function inWords({ conformance, timed, workloads, compared }: Counts): string {
  if (conformance + timed + workloads + compared === 0) {
    return "No case is chosen: nothing matches.";
  }
  const parts = [
    `${conformance} cases of the contract`,
    `${timed} timed`,
    `${workloads} workloads`,
    ...(compared > 0 ? [`${compared} beside other libraries`] : []),
  ];
  return `Chosen for each backend: ${parts.join(", ")}.`;
}
