import { changedBackend } from "../changed-backend.js";

/** Is unplugged in the midst of its third product. */
export const unplugged = changedBackend("unplugged", (backend) => {
  let products = 0;
  let lose: (error: Error) => void = () => undefined;
  const lost = new Promise<Error>((resolve) => {
    lose = resolve;
  });
  return {
    lost,
    multiply(list, options) {
      products += 1;
      if (products >= 3) {
        const error = new Error("somebody pulled the plug");
        lose(error);
        throw error;
      }
      backend.multiply(list, options);
    },
  };
});
