import type { WrongElement } from "./case.js";

/** A result that is not as it must be, and where. */
export class WrongResult extends Error {
  readonly element: WrongElement;

  constructor(message: string, element: WrongElement) {
    super(message);
    this.name = "WrongResult";
    this.element = element;
  }
}
