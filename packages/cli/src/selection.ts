import { socketCarrier } from "@apb/core/bare";
import type { Binding, ClientKind } from "@apb/core/binding";
import type { OwnServerKind, ServerKind } from "@apb/core/cell";
import { Failure } from "@apb/core/failure";
import type { Profile, Scenario } from "@apb/core/scenario";
import { type Carrier, carriers } from "@apb/core/transport";
import {
  bindings as allBindings,
  scenarios as allScenarios,
  bareBindings,
  defaultBindings,
  findBinding,
  findProfile,
  findScenario,
  layeredBindings,
  profiles,
  protocols,
} from "./catalog.ts";

/** The flags of `run`, as commander hands them over: values in the code's units, absent when not given. */
export interface RunFlags {
  readonly protocol?: readonly string[];
  readonly binding?: readonly string[];
  readonly scenario?: readonly string[];
  readonly profile: string;
  readonly target?: string;
  readonly pid?: number;
  readonly server?: readonly OwnServerKind[];
  readonly client: readonly ClientKind[];
  /** Also what is under the bindings, and a report of nothing else but layers. */
  readonly layers?: boolean;
  readonly rounds?: number;
  readonly duration?: number;
  readonly iterations?: number;
  readonly warmUp?: number;
  readonly ceiling?: number;
  readonly size?: readonly number[];
  readonly connections?: readonly number[];
  readonly users?: number;
  readonly rate?: number;
  readonly timeout: number;
  readonly delay: number;
  readonly work: number;
  readonly generators: number;
  readonly seed: number;
  readonly out?: string;
  readonly format: "table" | "markdown" | "csv" | "json";
  readonly baseline?: string;
  readonly maxRegression: number;
  readonly force?: boolean;
}

/** Which bindings: those named, all of them, or the usual ones of the protocols named; with `layers` what is under them first. Throws `usage`. */
export function selectBindings(
  flags: Pick<RunFlags, "protocol" | "binding" | "target" | "layers">,
): readonly Binding[] {
  for (const name of flags.protocol ?? []) expectOneOf("--protocol", name, protocols);
  const byProtocol = ({ protocol }: Binding): boolean => flags.protocol?.includes(protocol) ?? true;
  const usualOfAll = flags.layers === true ? layeredBindings : defaultBindings;
  const usual = usualOfAll.filter((id) => byProtocol(findBinding(id) as Binding));
  // A protocol that no plain run measures has no usual bindings: all of its own are meant.
  const chosen = chooseBindings(flags.binding ?? (usual.length === 0 ? ["all"] : usual), byProtocol);
  if (chosen.length === 0)
    throw new Failure(
      "usage",
      `--binding ${flags.binding?.join(",")} has no binding of --protocol ${flags.protocol?.join(",")}; drop one of the two`,
    );
  if (flags.target !== undefined && chosen.length > 1)
    throw new Failure(
      "usage",
      `--target is one server, and it speaks one binding: add --binding with one of ${allBindings
        .filter(byProtocol)
        .map(({ id }) => id)
        .join(", ")}`,
    );
  return flags.layers === true ? [...under(chosen), ...chosen] : chosen;
}

function chooseBindings(named: readonly string[], byProtocol: (binding: Binding) => boolean): readonly Binding[] {
  if (named.includes("all")) return allBindings.filter(byProtocol);
  const known = [...allBindings, ...bareBindings].map(({ id }) => id);
  for (const id of named) expectOneOf("--binding", id, ["all", ...known]);
  return named.map((id) => findBinding(id) as Binding).filter(byProtocol);
}

/** The plain socket, and the transports that carry these, without those that are chosen already. */
function under(chosen: readonly Binding[]): readonly Binding[] {
  const carrying = new Set<Carrier>([socketCarrier, ...chosen.map(({ transport }) => carriers[transport])]);
  return bareBindings.filter((bare) => carrying.has(carriers[bare.transport]) && !chosen.includes(bare));
}

/** Which kinds of server: ours as named, the reference ones unless told, or somebody else's. Throws `usage`. */
export function selectServers({ server, target }: Pick<RunFlags, "server" | "target">): readonly ServerKind[] {
  if (target === undefined) return server ?? ["reference"];
  if (server === undefined) return ["external"];
  throw new Failure("usage", "--server chooses among the bundled servers, and --target is none of them; leave one out");
}

/** Which scenarios: those named, or all. Throws `usage`. */
export function selectScenarios(names: readonly string[] | undefined): readonly Scenario[] {
  if (names === undefined) return allScenarios;
  for (const name of names)
    expectOneOf(
      "--scenario",
      name,
      allScenarios.map((scenario) => scenario.name),
    );
  return names.map((name) => findScenario(name) as Scenario);
}

/** The profile named, with the fields that flags overwrite. Throws `usage`. */
export function selectProfile(flags: RunFlags): Profile {
  expectOneOf("--profile", flags.profile, Object.keys(profiles));
  const profile = findProfile(flags.profile) as Profile;
  const users = flags.users ?? profile.users;
  const [first, ...others] = flags.connections ?? [];
  // A connection without a user would only idle in a closed load; an open load can send on all of them.
  const shared =
    first === undefined || others.length > 0 ? undefined : flags.rate === undefined ? Math.min(first, users) : first;
  return {
    ...profile,
    rounds: flags.rounds ?? profile.rounds,
    windowMs: flags.duration ?? profile.windowMs,
    warmUpMs: flags.warmUp ?? profile.warmUpMs,
    primeMs: flags.warmUp ?? profile.primeMs,
    sizesBytes: flags.size ?? profile.sizesBytes,
    rungs: flags.connections ?? profile.rungs,
    users,
    ...(flags.ceiling === undefined ? {} : { ceilingMs: flags.ceiling }),
    ...(flags.iterations === undefined ? {} : { iterations: flags.iterations }),
    ...(shared === undefined ? {} : { sessions: shared }),
    ...(flags.rate === undefined ? {} : { perSecond: flags.rate }),
  };
}

function expectOneOf(flag: string, value: string, allowed: readonly string[]): void {
  if (allowed.includes(value)) return;
  throw new Failure("usage", `${flag} ${value} is not known; expected ${allowed.join(", ")}`);
}

/** Refuses flags that would have no effect, rather than to measure something else than was meant. Throws `usage`. */
export function requireSense(flags: RunFlags): void {
  const { pid, target, delay, work, rate, users, size, connections, scenario, layers } = flags;
  const without = (name: string): boolean => scenario !== undefined && !scenario.includes(name);
  if (pid !== undefined && target === undefined)
    throw new Failure("usage", "--pid says whose memory to read of a --target; without one, leave it out");
  if (pid !== undefined && !isRunning(pid)) throw new Failure("usage", `--pid ${pid}: there is no such process`);
  if (target !== undefined && (delay > 0 || work > 0))
    throw new Failure(
      "usage",
      "--delay and --work are for the bundled agents, and --target has its own; leave them out",
    );
  if (layers === true && (target !== undefined || rate !== undefined))
    throw new Failure("usage", "--layers puts a closed load on the bundled servers; leave --target and --rate out");
  if (layers === true && without("message-size"))
    throw new Failure("usage", "--layers are told apart in the scenario message-size, which --scenario leaves out");
  if (rate !== undefined && users !== undefined)
    throw new Failure(
      "usage",
      "--rate makes an open load, which has arrivals and no --users; leave one of the two out",
    );
  if (size !== undefined && without("message-size"))
    throw new Failure("usage", "--size is for the scenario message-size, which --scenario leaves out");
  if ((connections?.length ?? 0) > 1 && without("concurrency-ladder"))
    throw new Failure(
      "usage",
      "several --connections are for the scenario concurrency-ladder, which --scenario leaves out",
    );
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
