import { Figure } from "./figure.js";
import { percent } from "./format.js";
import { HeatTable } from "./heat-table.js";

/** What a model says of a kernel on a device. */
export interface ModelledKernel {
  readonly device: string;
  readonly variant: string;
  /** What the factors are stored as. */
  readonly factors: string;
  /** Of the device's multiply-adds; 0 where it does not run. */
  readonly share: number;
}

const title = "On graphics processors, by a model";

/** What share of published devices the kernels of WebGPU would reach: kernels by devices. */
export function TileModels({ models }: { readonly models: readonly ModelledKernel[] }) {
  const devices = [...new Set(models.map(({ device }) => device))];
  const kernelOf = ({ variant, factors }: ModelledKernel): string => `${variant}, ${factors}`;
  const kernels = [...new Set(models.map(kernelOf))];
  const best = Math.max(...models.map(({ share }) => share));
  return (
    <Figure
      title={title}
      description="Nothing of this was measured: the share of a device's multiply-adds that a tile would reach, from the published figures of its memory, registers and processors. After the comma: what the factors are stored as; h: computed in f16 too."
    >
      <HeatTable
        caption={title}
        head={["kernel", ...devices]}
        steps={8}
        rows={kernels.map((kernel) => ({
          name: kernel,
          cells: devices.map((device) => {
            const model = models.find(
              (each) => each.device === device && kernelOf(each) === kernel,
            );
            if (model === undefined) return { text: "" };
            if (model.share === 0) return { text: "no room" };
            return { text: percent(model.share, 0), doublings: Math.log2(best / model.share) };
          }),
        }))}
      />
    </Figure>
  );
}
