import { arrivalsOf } from "./arrivals.ts";
import { Failure } from "./failure.ts";
import { durationOf, type Load, type Stage } from "./load.ts";
import { mostVUs } from "./vus.ts";

/** What must hold, and the sentence for when it does not. */
type Rule = readonly [holds: boolean, sentence: string];

/** Throws a Failure of kind `usage` that names the executor and the first thing that makes no sense in a load. */
export function requireLoad(load: Load): void {
  const rules = [
    ...rulesOf(load),
    time("the start time", load.startTimeMs),
    time("the graceful stop", load.gracefulStopMs),
    count("connections", load.sessions),
  ];
  const broken = rules.find(([holds]) => !holds);
  if (broken !== undefined) throw new Failure("usage", `${load.executor}: ${broken[1]}`);
}

function rulesOf(load: Load): readonly Rule[] {
  switch (load.executor) {
    case "constant-vus":
      return [count("VUs", load.vus), lasting(load)];
    case "ramping-vus":
      return [
        count("start VUs", load.startVUs, 0),
        ...stageRules(load, load.stages, (target, of) => count(`VUs as the target of ${of}`, target, 0)),
        [mostVUs(load) > 0, "there is never a VU; give start VUs, or a stage that holds a target above 0"],
        time("the graceful ramp-down", load.gracefulRampDownMs),
      ];
    case "per-vu-iterations":
      return [count("VUs", load.vus), count("iterations of each VU", load.iterations), lasting(load)];
    case "shared-iterations":
      return [
        count("VUs", load.vus),
        count("iterations", load.iterations),
        [
          load.iterations >= load.vus,
          `expected an iteration or more for each VU, got ${load.iterations} for ${load.vus} VUs; lower the VUs`,
        ],
        lasting(load),
      ];
    case "constant-arrival-rate":
      return [
        rate("the rate", load.perSecond),
        [load.perSecond > 0, "expected a rate above 0 per second, got 0"],
        count("arrivals in flight", load.maxInFlight),
        lasting(load),
      ];
    case "ramping-arrival-rate":
      return [
        rate("the start rate", load.startPerSecond),
        ...stageRules(load, load.stages, (target, of) => rate(`the target of ${of}`, target)),
        [arrivalsOf(load) > 0, "nothing ever arrives; give higher rates or longer stages"],
        count("arrivals in flight", load.maxInFlight),
      ];
  }
}

function stageRules(load: Load, stages: readonly Stage[], target: (value: number, of: string) => Rule): Rule[] {
  return [
    [stages.length > 0, "expected a stage or more, got none"],
    ...stages.flatMap((stage, n) => [
      time(`the duration of stage ${n + 1}`, stage.durationMs),
      target(stage.target, `stage ${n + 1}`),
    ]),
    lasting(load),
  ];
}

function count(what: string, value: number, least = 1): Rule {
  return [
    Number.isSafeInteger(value) && value >= least,
    `expected a whole number of ${what} from ${least}, got ${value}`,
  ];
}

function rate(what: string, value: number): Rule {
  return [Number.isFinite(value) && value >= 0, `expected ${what} to be 0 or more per second, got ${value}`];
}

function time(what: string, ms: number): Rule {
  return [Number.isFinite(ms) && ms >= 0, `expected ${what} to be 0 ms or more, got ${ms} ms`];
}

function lasting(load: Load): Rule {
  const ms = durationOf(load);
  return [Number.isFinite(ms) && ms > 0, `expected a duration above 0 ms, got ${ms} ms`];
}
