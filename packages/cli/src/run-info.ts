import { basename } from "node:path";
import { bindingInfo } from "@apb/core/binding";
import { loadFacts, pointLoad } from "@apb/core/points";
import type { Environment, RunInfo, Selection } from "@apb/core/run";
import { thresholdText } from "@apb/core/threshold";
import { maskedText, maskedUrl } from "@apb/core/url";
import type { ScenarioFile } from "@apb/scenario-file/open-file";
import type { Order } from "./order.ts";
import { sdksOf } from "./servers.ts";

/** What is stored of a run before it begins. */
export function runInfoOf(order: Order, environment: Environment, now: Date): RunInfo {
  const { bindings, scenarios, servers, profile, seed } = order;
  return {
    schemaVersion: 2,
    id: runId(profile.name, now),
    selection: selectionOf(order),
    profile,
    loads: loadsOf(order),
    seed,
    environment,
    bindings: Object.fromEntries(bindings.map((binding) => [binding.id, bindingInfo(binding)])),
    views: Object.fromEntries(scenarios.map(({ name, view }) => [name, view])),
    ...(servers.includes("sdk") ? { sdks: sdksOf(bindings.map(({ id }) => id)) } : {}),
    startedAt: now.toISOString(),
    endedAt: null,
    exit: null,
  };
}

function loadsOf({ scenarios, profile }: Order): RunInfo["loads"] {
  const points = scenarios.flatMap((scenario) => scenario.points(profile));
  return Object.fromEntries(
    points.map((point) => [pointLoad(point), loadFacts(point.workloads.map(({ load }) => load))]),
  );
}

function selectionOf(order: Order): Selection {
  const { bindings, scenarios, servers, clients, target, headers, file } = order;
  const { timeoutMs, delayMs, workMs, generators, thresholds } = order;
  return {
    bindings: bindings.map(({ id }) => id),
    scenarios: scenarios.map(({ name }) => name),
    ...(file === null ? {} : { file: fileFacts(file) }),
    servers,
    clients,
    ...(target === null ? {} : { target: maskedUrl(target.url) }),
    ...(Object.keys(headers).length === 0 ? {} : { headers: Object.keys(headers) }),
    ...commandFacts(order),
    ...{ timeoutMs, delayMs, workMs, generators },
    thresholds: thresholds.map(thresholdText),
  };
}

function fileFacts({ path, sha256, expect }: ScenarioFile): NonNullable<Selection["file"]> {
  return { name: basename(path), sha256, ...(expect.length === 0 ? {} : { expect }) };
}

/** Of the command what may be shown. */
function commandFacts({ command }: Order): Pick<Selection, "serve" | "serveEnv"> {
  if (command === null) return {};
  const names = Object.keys(command.env);
  return { serve: maskedText(command.text), ...(names.length === 0 ? {} : { serveEnv: names }) };
}

/** `2026-11-21T06-38-03-quick`: sorts by time, fits every file system. */
export function runId(name: string, now: Date): string {
  return `${now.toISOString().slice(0, 19).replaceAll(":", "-")}-${name}`;
}
