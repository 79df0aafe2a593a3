import type { A2aErrorEntry } from "@apb/protocols/a2a";

/** What an operation answers instead of a result; each door writes it in its transport's shape. */
export class A2aError extends Error {
  override readonly name = "A2aError";
  readonly entry: A2aErrorEntry;

  constructor(entry: A2aErrorEntry, message: string) {
    super(message);
    this.entry = entry;
  }
}
