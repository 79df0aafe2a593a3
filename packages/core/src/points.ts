import { type CellId, caseLabel, type LoadFacts } from "./cell.ts";
import { isOpen, type Load, type Share } from "./load.ts";
import { loadLabel } from "./load-text.ts";
import type { Point, Profile, Scenario, Workload } from "./scenario.ts";
import { splittable } from "./split.ts";
import { mostVUs } from "./vus.ts";

/** What a point is measured under, as a label: of each workload, the names of several before theirs. */
export function pointLoad({ workloads }: Point): string {
  const [only, ...others] = workloads;
  if (only !== undefined && others.length === 0) return loadLabel(only.load);
  return workloads.map(({ name, load }) => `${name}: ${loadLabel(load)}`).join("; ");
}

/** The most connections of all its workloads together, with those that their iterations open. */
export function sessionsAt(point: Point): number {
  return point.workloads.reduce((sum, { load }) => sum + load.sessions, opensAt(point));
}

/** The most sessions that iterations of all its workloads have open at a time beside those of their VUs. */
export function opensAt({ workloads }: Point): number {
  return workloads.reduce((sum, { opens = 0 }) => sum + opens, 0);
}

/** How many sessions a second its iterations open at most, where they begin on a schedule; 0 where they do not, or open none. */
export function openingsPerSecond({ workloads }: Point): number {
  return workloads.reduce((sum, { load, opens = 0 }) => sum + (opens === 0 ? 0 : mostPerSecond(load)), 0);
}

function mostPerSecond(load: Load): number {
  if (load.executor === "constant-arrival-rate") return load.perSecond;
  if (load.executor !== "ramping-arrival-rate") return 0;
  return Math.max(load.startPerSecond, ...load.stages.map(({ target }) => target));
}

/** The same in numbers, of loads that run side by side; where one is open, all together are. */
export function loadFacts(loads: readonly Load[]): LoadFacts {
  const open = loads.filter(isOpen);
  const rates = open.flatMap((load) => (load.executor === "constant-arrival-rate" ? [load.perSecond] : []));
  const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
  return {
    model: open.length === 0 ? "closed" : "open",
    executor: [...new Set(loads.map(({ executor }) => executor))].join(","),
    vus: open.length === 0 ? sum(loads.map(mostVUs)) : null,
    perSecond: open.length === 0 || rates.length < open.length ? null : sum(rates),
  };
}

/** The point of a scenario that a cell is of; undefined when it has none. */
export function findPoint(
  scenario: Scenario,
  { profile, params, load }: { readonly profile: Profile; readonly params: CellId["case"]; readonly load: string },
): Point | undefined {
  const label = caseLabel(params);
  return scenario.points(profile).find((point) => caseLabel(point.params) === label && pointLoad(point) === load);
}

/** Of each workload of a point, what falls to one of several generators: nothing where it cannot be shared by so many. */
export function sharesOf(
  { workloads }: Point,
  { index, of }: Share,
): readonly { readonly workload: Workload; readonly share: Share }[] {
  return workloads.flatMap((workload) => {
    const shares = Math.min(of, splittable(workload.load, workload.sessionsPerVU));
    return index < shares ? [{ workload, share: { index, of: shares } }] : [];
  });
}

/** Into how many parts a point can be shared at most. */
export function mostShares({ workloads }: Point): number {
  return Math.max(...workloads.map(({ load, sessionsPerVU }) => splittable(load, sessionsPerVU)));
}
