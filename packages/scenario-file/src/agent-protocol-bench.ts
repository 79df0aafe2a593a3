/// <reference lib="esnext.disposable" preserve="true" />

import type { CodeScenario } from "./code.ts";

/** What scenario files in TypeScript import from "agent-protocol-bench". */

export type { Reply, Session } from "@apb/core/binding";
export { bodyOf } from "@apb/core/binding";
export { type Body, jsonBody } from "@apb/core/body";
export { Failure } from "@apb/core/failure";
export type { Io, OwnMetric, Vars, Verify, VU } from "@apb/core/scenario";
export type { CodeScenario, CodeTask, CodeUser } from "./code.ts";

/** A scenario as it is: for completion in editors. Its file exports it as default. */
export function scenario(definition: CodeScenario): CodeScenario {
  return definition;
}
