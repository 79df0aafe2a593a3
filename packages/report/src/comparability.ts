import { isOpen } from "@apb/core/load";
import type { RunInfo } from "@apb/core/run";
import { mib } from "./format.ts";

/** Something that is not the same in two runs. */
export interface Difference {
  readonly what: string;
  readonly baseline: string;
  readonly candidate: string;
}

type Field = readonly [what: string, text: (info: RunInfo) => string];

const environment: readonly Field[] = [
  ["CPU model", (info) => info.environment.cpuModel],
  ["CPU count", (info) => String(info.environment.cpuCount)],
  ["CPU governor", (info) => info.environment.governor ?? "unknown"],
  ["CPU limit", (info) => String(info.environment.cpuLimit ?? "none")],
  ["memory limit", (info) => String(info.environment.memoryLimitBytes ?? "none")],
  ["open files limit", (info) => String(info.environment.openFilesLimit ?? "unknown")],
  ["platform", (info) => info.environment.platform],
  ["Node version", (info) => info.environment.node],
];

/** What the kernel reserves for itself before it counts the memory differs from boot to boot by some megabytes. */
const memoryTolerance = 0.02;

const configuration: readonly Field[] = [
  ...(
    [
      "name",
      "rounds",
      "warmUpMs",
      "primeMs",
      "sizesBytes",
      "rungs",
      "sessions",
      "executor",
      "gracefulStopMs",
      "timeScale",
      "call",
      "goodput",
    ] as const
  ).map((key): Field => [`profile ${key}`, (info) => JSON.stringify(info.profile[key] ?? null)]),
  ...(["bindings", "scenarios", "servers", "clients"] as const).map(
    (key): Field => [`selection ${key}`, (info) => [...info.selection[key]].sort().join(", ")],
  ),
  ["selection headers", (info) => (info.selection.headers ?? []).join(", ")],
  ["scenario file", (info) => info.selection.file?.sha256 ?? "none"],
  ...(["target", "timeoutMs", "delayMs", "workMs", "generators"] as const).map(
    (key): Field => [`selection ${key}`, (info) => String(info.selection[key] ?? "none")],
  ),
];

/**
 * What an executor of the reader's own replaces: it stands beside it in the profile, but did not run. An open one still has as
 * many connections as the profile has VUs.
 */
const replaceable: readonly (readonly [field: Field, counts: (profile: RunInfo["profile"]) => boolean])[] = [
  [["profile windowMs", (info) => String(info.profile.windowMs)], ({ executor }) => executor === undefined],
  [["profile vus", (info) => String(info.profile.vus)], ({ executor }) => executor === undefined || isOpen(executor)],
];

/** What forbids to compare two runs: another machine, or another task. Seeds may differ. */
export function differences(baseline: RunInfo, candidate: RunInfo): readonly Difference[] {
  const profiles = [baseline.profile, candidate.profile];
  const counting = replaceable.flatMap(([field, counts]) => (profiles.every(counts) ? [field] : []));
  const fields = [...environment, ...configuration, ...counting];
  return [...fields.flatMap((field) => difference(field, baseline, candidate)), ...memory(baseline, candidate)];
}

/** What may differ, and may be the reason of a change: the code, its libraries, the SDKs that serve, and the command of a server of the reader's own. */
export function changes(baseline: RunInfo, candidate: RunInfo): readonly Difference[] {
  const names = [...Object.keys(baseline.environment.libraries), ...Object.keys(candidate.environment.libraries)];
  const served = [...new Set([...Object.keys(baseline.sdks ?? {}), ...Object.keys(candidate.sdks ?? {})])];
  const fields: readonly Field[] = [
    ["commit", (info) => info.environment.gitCommit ?? "unknown"],
    ["server's command", (info) => info.selection.serve ?? "none"],
    ["server's variables", (info) => info.selection.serveEnv?.join(", ") ?? "none"],
    ["kernel", (info) => info.environment.kernel],
    ...[...new Set(names)].map((name): Field => [name, (info) => info.environment.libraries[name] ?? "none"]),
    ...served.map((binding): Field => [`SDK of ${binding}`, (info) => info.sdks?.[binding] ?? "none"]),
  ];
  return fields.flatMap((field) => difference(field, baseline, candidate));
}

function difference([what, text]: Field, baseline: RunInfo, candidate: RunInfo): readonly Difference[] {
  const [before, after] = [text(baseline), text(candidate)];
  return before === after ? [] : [{ what, baseline: before, candidate: after }];
}

function memory({ environment: before }: RunInfo, { environment: after }: RunInfo): readonly Difference[] {
  const apart = Math.abs(after.memoryBytes - before.memoryBytes);
  if (apart <= memoryTolerance * before.memoryBytes) return [];
  return [{ what: "memory", baseline: `${mib(before.memoryBytes)} MiB`, candidate: `${mib(after.memoryBytes)} MiB` }];
}
