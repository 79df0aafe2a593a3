import { Failure } from "@apb/core/failure";
import { unknownWord } from "@apb/core/nearest";
import type { Profile } from "@apb/core/scenario";
import { mostVUs } from "@apb/core/vus";
import { Agents } from "@apb/reference-servers/agents/agents";
import { windowMsOf } from "@apb/scenario-file/assemble";
import type { ScenarioFile } from "@apb/scenario-file/open-file";
import { InvalidArgumentError } from "commander";
import { header } from "./call-flags.ts";
import { bareBindings, bindings } from "./catalog.ts";
import { type Header, url as parsedUrl, type RunFlags } from "./flags.ts";
import { type LoadFlags, loadFlagNames, withLoad } from "./load-flags.ts";

/** Flags that choose among bundled scenarios, or say of those how large they are. */
const ofBundled = [
  "scenario",
  "profile",
  "size",
  "connections",
  "layers",
  "agent",
  "body",
  "expect",
  "events",
] as const;

/**
 * The flags of a run of a scenario file: what the file says where they say nothing. `given` are the flags that somebody gave.
 * Throws `usage` for a flag that means nothing to a file.
 */
export function flagsWithFile(flags: RunFlags, file: ScenarioFile, given: ReadonlySet<string>): RunFlags {
  const stray = ofBundled.find((flag) => given.has(flag));
  if (stray !== undefined)
    throw new Failure(
      "usage",
      `--${stray} is for the bundled scenarios, and ${file.path} says all of its own; leave it out`,
    );
  requireBindings(file);
  const { binding, target, pid } = flags;
  const asked = binding ?? (flags.protocol === undefined ? file.bindings : null);
  const url = target ?? (flags.server === undefined ? targetOf(file) : null);
  const own = target ?? flags.server ?? flags.serve;
  if (url === null && flags.serve === undefined) requireAgents(file);
  const process = pid ?? (own === undefined ? file.pid : null);
  const headers = headersOf(file);
  return {
    ...flags,
    ...(headers.length === 0 ? {} : { header: [...headers, ...(flags.header ?? [])] }),
    ...(asked === null ? {} : { binding: asked }),
    ...(url === null ? {} : { target: url }),
    ...(process === null ? {} : { pid: process }),
  };
}

function targetOf(file: ScenarioFile): string | null {
  const { target } = file;
  return target === null ? null : placed(file, ["target"], () => parsedUrl(target));
}

function headersOf(file: ScenarioFile): readonly Header[] {
  return Object.entries(file.headers).flatMap(([name, value]) =>
    placed(file, ["headers", name], () => header(`${name}: ${value}`, [])),
  );
}

/** What a flag's parser says, with where it is wrong in the file. */
function placed<T>(file: ScenarioFile, path: readonly string[], parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    if (!(error instanceof InvalidArgumentError)) throw error;
    throw file.failure(path, error.message.replace(/^E/, "e"));
  }
}

/** Throws `usage`, with its place, for a binding that there is not. */
export function requireBindings(file: ScenarioFile): void {
  const known = [...bindings, ...bareBindings].map(({ id }) => id);
  const unknown = file.bindings?.find((id) => id !== "all" && !known.includes(id));
  if (unknown !== undefined) throw file.failure(["binding"], unknownWord("binding", unknown, known));
}

/** Throws `usage`, with its place, for an agent that our own servers have not. */
export function requireAgents(file: ScenarioFile): void {
  const known = new Agents().list.map(({ name }) => name);
  for (const [agent, path] of file.agents)
    if (!known.includes(agent))
      throw file.failure(
        path,
        `${unknownWord("agent", agent, known)} (bundled; a server of yours is named by \`target:\`, --target or --serve)`,
      );
}

/** What says how large a run of a file is. */
export type SizeFlags = LoadFlags & Pick<RunFlags, "rounds" | "warmUp" | "ceiling">;

/** The size of a run of a file: once, as long as its loads take, unless flags replace the load of its only scenario. Throws `usage`. */
export function fileProfile(flags: SizeFlags, { scenario, warmUpMs, path }: ScenarioFile): Profile {
  const warmUp = flags.warmUp ?? warmUpMs;
  const bare: Profile = {
    ...{ name: scenario.name, rounds: flags.rounds ?? 1, warmUpMs: warmUp, primeMs: warmUp, windowMs: 0, vus: 1 },
    ...{ sizesBytes: [], rungs: [] },
    ...(flags.ceiling === undefined ? {} : { ceilingMs: flags.ceiling }),
  };
  const loads = scenario.points(bare).flatMap(({ workloads }) => workloads);
  const own: Profile = {
    ...bare,
    windowMs: windowMsOf(scenario, bare),
    vus: Math.max(1, ...loads.map(({ load }) => mostVUs(load))),
  };
  const replacing = replacingFlags(flags);
  if (replacing.length === 0) {
    const { gracefulStopMs: _, ...stretched } = withLoad(own, flags);
    return flags.timeScale === undefined ? stretched : { ...stretched, timeScale: flags.timeScale };
  }
  if (loads.length > 1)
    throw new Failure(
      "usage",
      `${replacing.join(", ")} would replace the load of one scenario, and ${path} has ${loads.map(({ name }) => name).join(", ")}; leave it out, or change the file`,
    );
  const executor = withLoad(own, flags).executor === undefined ? { executor: "constant-vus" as const } : {};
  const replaced = withLoad(own, { ...flags, ...executor });
  return { ...replaced, windowMs: windowMsOf(scenario, replaced) };
}

function replacingFlags(flags: LoadFlags): readonly string[] {
  return Object.entries(loadFlagNames)
    .filter(([flag]) => flag !== "timeScale" && flags[flag as keyof LoadFlags] !== undefined)
    .map(([, name]) => name);
}
