import { bareCarriers, socketCarrier } from "@apb/core/bare";
import type { Binding } from "@apb/core/binding";
import type { ServerKind } from "@apb/core/cell";
import { Failure } from "@apb/core/failure";
import { nearest } from "@apb/core/nearest";
import type { Scenario } from "@apb/core/scenario";
import { carriers } from "@apb/core/transport";
import { comparedMetrics, type MetricKey } from "@apb/report/metrics";
import {
  bindings as allBindings,
  scenarios as allScenarios,
  bareBindings,
  defaultBindings,
  findBinding,
  findScenario,
  layeredBindings,
  protocols,
  usualScenarios,
} from "./catalog.ts";
import type { RunFlags } from "./flags.ts";

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
  const carrying = new Set(chosen.map(({ transport }) => carriers[transport]).filter((one) => bareCarriers.has(one)));
  if (carrying.size > 0) carrying.add(socketCarrier);
  return bareBindings.filter((bare) => carrying.has(carriers[bare.transport]) && !chosen.includes(bare));
}

/** Which kinds of server: ours as named, the reference ones unless told, or somebody else's, that a command starts or that runs. Throws `usage`. */
export function selectServers({
  server,
  target,
  serve,
}: Pick<RunFlags, "server" | "target" | "serve">): readonly ServerKind[] {
  if (target === undefined && serve === undefined) return server ?? ["reference"];
  if (server === undefined) return [serve === undefined ? "external" : "command"];
  const other = target === undefined ? "--serve" : "--target";
  throw new Failure("usage", `--server chooses among the bundled servers, and ${other} is none of them; leave one out`);
}

/** Which scenarios: those named, or those of a plain run; with an agent of the user's, all that can be made of calls to it. Throws `usage`. */
export function selectScenarios({ scenario: names, agent }: Pick<RunFlags, "scenario" | "agent">): readonly Scenario[] {
  const fitting = allScenarios.filter(({ takesCall }) => agent === undefined || takesCall === true);
  if (names === undefined) return usualScenarios.filter((scenario) => fitting.includes(scenario));
  for (const name of names)
    expectOneOf(
      "--scenario",
      name,
      allScenarios.map((scenario) => scenario.name),
    );
  const other = names.find((name) => !fitting.some((scenario) => scenario.name === name));
  if (other !== undefined)
    throw new Failure(
      "usage",
      `--scenario ${other} calls agents of its own; with --agent name ${fitting.map(({ name }) => name).join(" or ")}`,
    );
  return names.map((name) => findScenario(name) as Scenario);
}

/** The metrics that must be judged. Throws `usage` for one that runs are not compared by. */
export function selectMetrics(names: readonly string[] = []): readonly MetricKey[] {
  const keys = comparedMetrics.map(({ key }) => key);
  for (const name of names) expectOneOf("--require-judged", name, keys);
  return keys.filter((key) => names.includes(key));
}

/** Throws `usage` for a name that is none of those. */
export function expectOneOf(flag: string, value: string, allowed: readonly string[]): void {
  if (allowed.includes(value)) return;
  const meant = nearest(value, allowed);
  const expected = meant === null ? "expected" : `did you mean ${meant}? Expected`;
  throw new Failure("usage", `${flag} ${value} is not known; ${expected} ${allowed.join(", ")}`);
}
