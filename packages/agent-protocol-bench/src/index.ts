/// <reference lib="esnext.disposable" preserve="true" />

import type { Scenario } from "@apb/core/scenario";

export { type Body, bodyText, type JsonBody, jsonBody } from "@apb/core/body";
export { Failure, type FailureKind } from "@apb/core/failure";
export type { Load } from "@apb/core/load";
export {
  type Io,
  loadOf,
  type Point,
  type Profile,
  type Scenario,
  type Task,
  type Verify,
  type View,
  type VU,
  type Workload,
} from "@apb/core/scenario";
export type { Think } from "@apb/core/think";
export type { Threshold } from "@apb/core/threshold";

/** A scenario as it is given: for an editor to complete and check it where it is written. */
export function scenario(described: Scenario): Scenario {
  return described;
}
