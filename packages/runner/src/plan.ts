import { type Binding, type ClientKind, type Need, offers } from "@apb/core/binding";
import type { CellId, ServerKind, Unmeasured } from "@apb/core/cell";
import { openingsPerSecond, pointLoad, sessionsAt } from "@apb/core/points";
import { shuffled } from "@apb/core/random";
import type { Point, Profile, Scenario } from "@apb/core/scenario";
import type { Threshold } from "@apb/core/threshold";

/** What planning needs to know of a binding. */
export type BindingFacts = Pick<Binding, "id" | "can" | "cannot" | "mostSessions">;

export interface PlanInput {
  readonly bindings: readonly BindingFacts[];
  readonly scenarios: readonly Scenario[];
  readonly profile: Profile;
  /** Kinds of server and of client, each one or both; every pair of them has servers and generators of its own. */
  readonly servers: readonly ServerKind[];
  readonly clients: readonly ClientKind[];
  /** Why a binding has no server of a kind, as a sentence; null when it has one. */
  readonly without: (server: ServerKind, binding: string) => string | null;
  /** Decides the order of bindings in the first round. */
  readonly seed: number;
  /** Connections one process may open here. */
  readonly mostSessions: number;
}

/** A cell to measure, with the steps that its scenario's tasks time. */
export interface PlannedCell {
  readonly id: CellId;
  readonly point: Point;
  readonly steps: readonly string[];
}

/** Cells that share a fresh server and a fresh generator: one binding behind one kind of server, asked by one client, in one round. */
export interface Group {
  readonly binding: string;
  readonly server: ServerKind;
  readonly round: number;
  readonly cells: readonly PlannedCell[];
}

export interface Plan {
  readonly groups: readonly Group[];
  /** Cells that cannot be measured, once each, with the reason. */
  readonly holes: readonly Unmeasured[];
  /** Those reasons that lie in this machine's limits, once each. */
  readonly limits: readonly string[];
}

/** Selection → cells. Rounds are interleaved and the order is reversed each round, so that drift hits every binding alike. Pure. */
export function plan(input: PlanInput): Plan {
  const { bindings, servers, clients, profile } = input;
  const order = shuffled(
    bindings.flatMap((binding) => servers.flatMap((server) => clients.map((client) => ({ binding, server, client })))),
    input.seed,
  );
  const limits = new Set<string>();
  const holes: Unmeasured[] = [];
  for (const combination of order) {
    const { lacking, tooLarge } = sorted(input, combination, 1);
    holes.push(...lacking, ...tooLarge);
    for (const { reason } of tooLarge) limits.add(reason);
  }
  const rounds = Array.from({ length: profile.rounds }, (_, n) => n + 1);
  const groups = rounds.flatMap((round) =>
    (round % 2 === 1 ? order : order.toReversed()).flatMap((combination) =>
      grouped(sorted(input, combination, round).cells),
    ),
  );
  return { groups, holes, limits: [...limits] };
}

/** Who is measured: a binding behind a kind of server, asked by a kind of client. */
interface Combination {
  readonly binding: BindingFacts;
  readonly server: ServerKind;
  readonly client: ClientKind;
}

interface Sorted {
  readonly cells: readonly PlannedCell[];
  readonly lacking: readonly Unmeasured[];
  readonly tooLarge: readonly Unmeasured[];
}

/** What a scenario needs of a binding: to reach other agents than echo too, where the user's own is called. */
function needsOf({ needs, takesCall }: Scenario, { call }: Profile): readonly Need[] {
  const others = takesCall === true && call !== undefined && call.agent !== "echo" && !needs.has("other agents");
  return [...needs, ...(others ? (["other agents"] as const) : [])];
}

/** A combination's cells of a round: those to measure, those that lack a server or an operation, those this machine cannot hold. */
function sorted(input: PlanInput, { binding, server, client }: Combination, round: number): Sorted {
  const { scenarios, profile, mostSessions } = input;
  const absent = input.without(server, binding.id);
  const [cells, lacking, tooLarge]: [PlannedCell[], Unmeasured[], Unmeasured[]] = [[], [], []];
  for (const scenario of scenarios) {
    const missing = needsOf(scenario, profile).find((need) => !offers(binding, need));
    for (const point of scenario.points(profile)) {
      const who = { binding: binding.id, server, client, security: "plain", round } as const;
      const cell: CellId = { scenario: scenario.name, case: point.params, load: pointLoad(point), ...who };
      const hole = (reason: string): Unmeasured => ({ schemaVersion: 2, status: "not-applicable", cell, reason });
      const sessions = sessionsAt(point);
      const perSecond = openingsPerSecond(point);
      if (absent !== null) lacking.push(hole(absent));
      else if (missing !== undefined)
        lacking.push(hole(`needs ${missing}: ${binding.cannot[missing] ?? `${binding.id} has no such operation`}`));
      else if (binding.mostSessions !== undefined && sessions > binding.mostSessions.count)
        lacking.push(hole(`${sessions} connections: ${binding.mostSessions.reason}`));
      else if (perSecond > (binding.mostSessions?.perSecond ?? Number.POSITIVE_INFINITY))
        lacking.push(
          hole(
            `${perSecond} new sessions a second: ${binding.mostSessions?.perSecond} are the most, for each starts a process of the server's; use --rate`,
          ),
        );
      else if (sessions > mostSessions)
        tooLarge.push(
          hole(
            `${sessions} connections do not fit the limit of open files here; at most ${mostSessions} do (ulimit -n)`,
          ),
        );
      else cells.push({ id: cell, point, steps: scenario.steps });
    }
  }
  return { cells, lacking, tooLarge };
}

/** Cells that share a server, and each cell that wants its own. */
function grouped(cells: readonly PlannedCell[]): readonly Group[] {
  const sharing = cells.filter(({ point }) => point.freshServer !== true);
  const alone = cells.filter(({ point }) => point.freshServer === true);
  return [sharing, ...alone.map((cell) => [cell])].flatMap((some) => {
    const [first] = some;
    if (first === undefined) return [];
    const { binding, server, round } = first.id;
    return [{ binding, server, round, cells: some }];
  });
}

/** The run's thresholds and its points' own, whether their cells come to be measured or not. Pure. */
export function plannedThresholds(ofRun: readonly Threshold[], { groups }: Plan): readonly Threshold[] {
  return [...ofRun, ...groups.flatMap(({ cells }) => cells.flatMap(({ point }) => point.thresholds))];
}
