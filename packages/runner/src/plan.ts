import type { Binding, ClientKind } from "@apb/core/binding";
import { type CellId, caseLabel, type ServerKind, type Unmeasured } from "@apb/core/cell";
import type { Case, Profile, Scenario } from "@apb/core/scenario";

/** What planning needs to know of a binding. */
export type BindingFacts = Pick<Binding, "id" | "can" | "cannot">;

export interface PlanInput {
  readonly bindings: readonly BindingFacts[];
  readonly scenarios: readonly Scenario[];
  readonly profile: Profile;
  readonly server: ServerKind;
  /** One or both; each has servers and generators of its own. */
  readonly clients: readonly ClientKind[];
  /** Decides the order of bindings in the first round. */
  readonly seed: number;
  /** Connections one process may open here. */
  readonly mostSessions: number;
}

export interface PlannedCell {
  readonly id: CellId;
  readonly work: Case;
}

/** Cells that share a fresh server and a fresh generator: one binding with one client in one round. */
export interface Group {
  readonly binding: string;
  readonly round: number;
  readonly cells: readonly PlannedCell[];
}

export interface Plan {
  readonly groups: readonly Group[];
  /** Cells that cannot be measured, once each, with the reason. */
  readonly holes: readonly Unmeasured[];
}

/** Selection → cells. Rounds are interleaved and the order is reversed each round, so that drift hits every binding alike. Pure. */
export function plan(input: PlanInput): Plan {
  const { bindings, clients, scenarios, profile } = input;
  const pairs = bindings.flatMap((binding) => clients.map((client) => ({ binding, client })));
  const order = shuffled(pairs, input.seed);
  const groups: Group[] = [];
  const holes: Unmeasured[] = [];
  for (let round = 1; round <= profile.rounds; round++) {
    for (const { binding, client } of round % 2 === 1 ? order : order.toReversed()) {
      const cells: PlannedCell[] = [];
      const where = { binding: binding.id, server: input.server, client, round };
      for (const scenario of scenarios) {
        for (const work of scenario.cases(profile)) {
          const id: CellId = { ...where, scenario: scenario.name, case: work.params };
          const reason = hole(binding, scenario, work, input.mostSessions);
          if (reason === null) cells.push({ id, work });
          else if (round === 1) holes.push({ schemaVersion: 1, status: "not-applicable", cell: id, reason });
        }
      }
      if (cells.length > 0) groups.push({ binding: binding.id, round, cells });
    }
  }
  return { groups, holes };
}

function hole(binding: BindingFacts, scenario: Scenario, work: Case, mostSessions: number): string | null {
  for (const kind of scenario.needs) {
    if (!binding.can.has(kind))
      return `needs ${kind}: ${binding.cannot[kind] ?? `${binding.id} has no such operation`}`;
  }
  if (work.load.sessions <= mostSessions) return null;
  return `${work.load.sessions} connections do not fit the limit of open files here; at most ${mostSessions} do (ulimit -n)`;
}

/** The case of a scenario with these parameters; undefined when it has none. */
export function findCase(scenario: Scenario, profile: Profile, params: CellId["case"]): Case | undefined {
  const label = caseLabel(params);
  return scenario.cases(profile).find((one) => caseLabel(one.params) === label);
}

/** Fisher–Yates with a small seeded generator (mulberry32): the same seed gives the same order everywhere. */
function shuffled<T>(items: readonly T[], seed: number): T[] {
  const result = [...items];
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  for (let last = result.length - 1; last > 0; last--) {
    const chosen = Math.floor(next() * (last + 1));
    [result[last], result[chosen]] = [result[chosen] as T, result[last] as T];
  }
  return result;
}
