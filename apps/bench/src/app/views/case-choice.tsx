import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { hasServedPeers } from "../served-peers.js";
import type { CaseChoiceState, CaseRequest } from "../state/case-choice.js";
import type { Counts } from "../worker/tasks.js";

interface Props {
  readonly choice: CaseChoiceState;
  readonly request: () => CaseRequest;
  readonly disabled: boolean;
}

/** Which cases to run: the same patterns as `--cases`, and how many that are. */
export function CaseChoice({ choice, request, disabled }: Props) {
  const { quick, pattern } = choice;
  const { options, sizes } = request();
  useEffect(
    () => choice.count(request()),
    [...[choice, options.quick, options.cases, options.peers], sizes?.join()],
  );
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
      </div>
      <p id="cases-hint" class="hint">
        As in <code>--cases</code>, <code>*</code> stands for anything: <code>matmul/f32/*</code>,{" "}
        <code>conformance/softmax</code>, <code>workload</code>.
      </p>
      <SizeChoice choice={choice} />
      <PeerChoice peers={choice.peers} />
      <p class="count" role="status">
        {choice.counts.value === undefined ? "Counting …" : inWords(choice.counts.value)}
      </p>
    </fieldset>
  );
}

/** The sizes that the timed cases have; none chosen means all. */
function SizeChoice({ choice: { sizes, counts } }: Pick<Props, "choice">) {
  const known = counts.value?.sizes ?? [];
  // What is chosen stays to be taken back, though no case has it any more.
  const offered = [...new Set([...known, ...sizes.value])].sort((x, y) => x - y);
  if (offered.length === 0) return null;
  return (
    <fieldset class="sizes">
      <legend>Sizes that are timed{sizes.value.length === 0 ? ": all" : ""}</legend>
      {offered.map((size) => (
        <label class="chip">
          <input
            type="checkbox"
            checked={sizes.value.includes(size)}
            onChange={({ currentTarget }) => {
              const others = sizes.value.filter((other) => other !== size);
              sizes.value = currentTarget.checked ? [...others, size] : others;
            }}
          />
          {size}
        </label>
      ))}
      <button
        type="button"
        disabled={sizes.value.length === 0}
        onClick={() => {
          sizes.value = [];
        }}
      >
        All
      </button>
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
    <>
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
    </>
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
