import type { Body } from "./body.ts";

/** Something that must be true of a reply. */
export type Expected =
  | { readonly kind: "contains" | "equals"; readonly text: string }
  /** A CEL expression about `reply`: the JSON that it is, or else its text. */
  | { readonly kind: "holds"; readonly expression: string };

/** What scenarios say to an agent of the user's, in place of what they say to `echo`. */
export interface Call {
  readonly agent: string;
  /** Null: texts of the scenario's own. */
  readonly body: Body | null;
  /** All of it must be true of every reply; nothing: it must only be one. */
  readonly expect: readonly Expected[];
}
