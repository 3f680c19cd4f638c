import { useSignal } from "@preact/signals";
import { BlockGrid } from "./block-grid.js";
import {
  type Axis,
  type BlockProduct,
  blockKey,
  lengthsOf,
  moveCut,
  termsOf,
  toggleBlock,
} from "./block-product.js";
import { CutLines } from "./cut-lines.js";
import { margin, second, whole } from "./geometry.js";

interface Props {
  readonly product: BlockProduct;
  readonly onChange: (product: BlockProduct) => void;
}

type Place = readonly [row: number, col: number];

const axes: readonly Axis[] = ["m", "k", "n"];

/** A·B with its cuts: A at the left, B at the top, the result where they meet. */
export function ProductPicture({ product, onChange }: Props) {
  const { cuts, absent } = product;
  const pointed = useSignal<Place | undefined>(undefined);
  const picked = useSignal<Place | undefined>(undefined);
  const place = pointed.value ?? picked.value;
  const terms = place === undefined ? [] : termsOf(product, ...place);
  const look = (isThere: boolean, isUsed: boolean): string =>
    isThere ? (isUsed ? "used" : "there") : "absent";
  const factor = (name: "a" | "b") => ({
    isPressed: (i: number, j: number) => !absent[name].has(blockKey(i, j)),
    onPress: (i: number, j: number) => onChange(toggleBlock(product, name, blockKey(i, j))),
    describe: (i: number, j: number) =>
      `${name.toUpperCase()} ${i + 1}, ${j + 1}: ${absent[name].has(blockKey(i, j)) ? "absent" : "present"}`,
  });
  const extent = whole + 2 * margin;
  return (
    <>
      {/* biome-ignore lint/a11y/useSemanticElements: a fieldset cannot be a picture */}
      <svg
        class="product"
        viewBox={`${-margin} ${-margin} ${extent} ${extent}`}
        role="group"
        aria-label="A times B, cut into blocks"
      >
        <BlockGrid
          {...{ name: "A", x: 0, y: second, rows: cuts.m, cols: cuts.k, ...factor("a") }}
          look={(i, k) =>
            look(!absent.a.has(blockKey(i, k)), i === place?.[0] && terms.includes(k))
          }
        />
        <BlockGrid
          {...{ name: "B", x: second, y: 0, rows: cuts.k, cols: cuts.n, ...factor("b") }}
          look={(k, j) =>
            look(!absent.b.has(blockKey(k, j)), j === place?.[1] && terms.includes(k))
          }
        />
        <BlockGrid
          {...{ name: "A·B", x: second, y: second, rows: cuts.m, cols: cuts.n }}
          look={(i, j) =>
            look(termsOf(product, i, j).length > 0, i === place?.[0] && j === place?.[1])
          }
          isPressed={(i, j) => picked.value?.[0] === i && picked.value[1] === j}
          describe={(i, j) => sumInWords(product, [i, j])}
          onPress={(i, j) => {
            picked.value = [i, j];
          }}
          onPoint={(place) => {
            pointed.value = place;
          }}
        />
        {axes.map((axis) => (
          <CutLines
            axis={axis}
            cuts={cuts[axis]}
            onMove={(index, to) => onChange(moveCut(product, axis, index, to))}
          />
        ))}
      </svg>
      <p class="sum" aria-live="polite">
        {place === undefined
          ? "Point at a block of A·B to see which products make it up."
          : sumInWords(product, place)}
      </p>
    </>
  );
}

function sumInWords(product: BlockProduct, [row, col]: Place): string {
  const terms = termsOf(product, row, col);
  const name = `(A·B) ${row + 1}, ${col + 1}`;
  if (terms.length === 0) return `${name} is zero: no product of present blocks is in it.`;
  const all = lengthsOf(product.cuts.k).length;
  const sum = terms.map((k) => `A ${row + 1}, ${k + 1} · B ${k + 1}, ${col + 1}`).join(" + ");
  return `${name} = ${sum}${terms.length < all ? ` (${all - terms.length} of ${all} left out)` : ""}`;
}
