import type { MatmulCost, MatmulExplanation } from "@blk/core";
import { useEffect } from "preact/hooks";
import { DataTable } from "../../charts/data-table.js";
import { percent } from "../../charts/format.js";
import { bytes } from "../../print-units.js";
import {
  type Axis,
  addCut,
  type BlockProduct,
  mostCuts,
  removeCut,
  size,
} from "../product/block-product.js";
import { ProductPicture } from "../product/product-picture.js";
import type { AppState } from "../state/state.js";

const axes: readonly (readonly [Axis, string])[] = [
  ["m", "rows of A"],
  ["k", "columns of A, rows of B"],
  ["n", "columns of B"],
];

/** A product of blocks to play with, and what it costs. */
export function ProductView({ state: { product: state } }: { readonly state: AppState }) {
  const { product, explanation } = state;
  useEffect(() => {
    void state.open();
  }, [state]);
  const change = (next: BlockProduct): void => {
    product.value = next;
  };
  return (
    <>
      <p class="lead">
        Two matrices of {size}×{size}, cut into blocks. Drag a cut, or move it by arrow keys; click
        a block of A or B to leave it out: an absent block is zero, and is neither stored nor
        multiplied.
      </p>
      <div class="product-parts">
        <div>
          <ProductPicture product={product.value} onChange={change} />
        </div>
        <div>
          <fieldset>
            <legend>Cuts</legend>
            {axes.map(([axis, name]) => (
              <CutCount axis={axis} name={name} product={product.value} onChange={change} />
            ))}
          </fieldset>
          {explanation.value === undefined ? null : <Costs explanation={explanation.value} />}
        </div>
      </div>
    </>
  );
}

interface CutCountProps {
  readonly axis: Axis;
  readonly name: string;
  readonly product: BlockProduct;
  readonly onChange: (product: BlockProduct) => void;
}

function CutCount({ axis, name, product, onChange }: CutCountProps) {
  const count = product.cuts[axis].length;
  return (
    <div class="cut-count">
      <span>
        {name}: {count}
      </span>
      <button
        type="button"
        aria-label={`One cut less of the ${name}`}
        disabled={count === 0}
        onClick={() => onChange(removeCut(product, axis))}
      >
        −
      </button>
      <button
        type="button"
        aria-label={`One cut more of the ${name}`}
        disabled={count >= mostCuts}
        onClick={() => onChange(addCut(product, axis))}
      >
        +
      </button>
    </div>
  );
}

function Costs({ explanation }: { readonly explanation: MatmulExplanation }) {
  const { unblocked, blockByBlock } = explanation;
  const share = explanation.multiplyAdds / unblocked.multiplyAdds;
  const number = (value: number): string => value.toLocaleString("en");
  const columns: readonly MatmulCost[] = [explanation, unblocked, blockByBlock];
  const row = (name: string, cell: (cost: MatmulCost) => string) => [name, ...columns.map(cell)];
  return (
    <section aria-label="What it costs">
      <p class="remaining" role="status">
        <strong>{percent(share, 0)}</strong> of the multiply-adds remain:{" "}
        {number(blockByBlock.terms)} products of blocks.
      </p>
      <DataTable
        caption="What the product costs in three ways, by explainMatmul"
        head={["cost", "this call", "uncut, dense", "block by block"]}
        rows={[
          row("multiply-adds", ({ multiplyAdds }) => number(multiplyAdds)),
          row("additions in memory", ({ additions }) => number(additions)),
          row("bytes moved", ({ bytesMoved }) => bytes(bytesMoved)),
          row("memory beside", ({ temporaryBytes }) => bytes(temporaryBytes)),
          row("products in the list", ({ products }) => number(products)),
        ]}
      />
      <p class="hint">
        This call is what <code>matmul</code> gives a backend as one list. Block by block is the
        textbook: each product to a memory of its own, then added up.
      </p>
    </section>
  );
}
