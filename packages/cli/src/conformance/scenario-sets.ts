import type { Expected } from "./results.ts";

/** What a revision requires: the suite's own `requirements/<revision>.yaml`, frozen when the revision was released. */
export interface Requirements {
  readonly server: readonly string[];
  readonly client: readonly string[];
  /** Run as well, but not required, and why: an extension, or younger than the revision. */
  readonly not_scored: readonly { readonly scenario: string; readonly reason: string }[];
}

/** The revisions of MCP that are spoken here. */
export const revisions = ["2026-07-28", "2025-11-25"] as const;

/** One of {@link revisions}. */
export type Revision = (typeof revisions)[number];

/** Client scenarios that are not run, and why. */
const notAttempted: readonly { readonly scenario: RegExp; readonly reason: string }[] = [
  { scenario: /^auth\//, reason: "authorization: what is measured here is local and asks for none" },
  {
    scenario: /^(sep-2322-client-request-state|elicitation-sep1034-client-defaults)$/,
    reason: "elicitation: there is no user to ask, so the client does not offer it",
  },
  { scenario: /^sse-retry$/, reason: "resuming a stream: a measured call that loses its connection has failed" },
];

/** Checks of client scenarios that complain, and why that is accepted. */
const expected: readonly (Expected & { readonly scenario: string })[] = [
  {
    scenario: "request-metadata",
    check: "sep-2575-client-retry-supported-version",
    reason: "the client speaks one revision: refused for it, a measured call has failed",
  },
];

/** What a client scenario is expected to complain of. */
export function expectedOf(scenario: string): readonly Expected[] {
  return expected.filter((entry) => entry.scenario === scenario);
}

/** Why a required client scenario is not run; null when it is. */
export function whyNot(scenario: string): string | null {
  return notAttempted.find((hole) => hole.scenario.test(scenario))?.reason ?? null;
}
