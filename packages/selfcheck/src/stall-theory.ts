import { Failure } from "@apb/core/failure";

/** A server that stands still once under an open load. */
export interface Stall {
  readonly perSecond: number;
  readonly windowMs: number;
  readonly stallMs: number;
  /** What the server answers when there is always something to do on all connections. */
  readonly capacityPerSecond: number;
  readonly connections: number;
  /** Means of the same load without a stall. */
  readonly calm: { readonly responseMs: number; readonly serviceMs: number };
}

/** What an open load that keeps its schedule must measure. */
export interface Expectation {
  readonly arrivals: number;
  /** From the end of the stall until nothing waits any more. */
  readonly drainMs: number;
  readonly responseMeanMs: number;
  readonly responseP99Ms: number;
  readonly serviceMeanMs: number;
  /** The 99th percentile of the service times stays below this. */
  readonly serviceP99BelowMs: number;
}

/**
 * With λ even arrivals a second over a window T, and a server that answers nothing for S and then μ a second, first come,
 * first served:
 *
 * - The arrival t after the stall began is the λt-th in the queue. It is answered at S + λt/μ, so it has waited
 *   S + λt/μ − t = S·(1 − t/(S+D)): a straight line from S down to 0 at t = S+D, with the drain D = λS/(μ−λ).
 * - A part (S+D)/T of all arrivals lies on that line, where the mean is S/2: mean response = calm + S(S+D)/(2T).
 * - Waits above w are a part (S+D)/T·(1 − w/S) of all arrivals. For 1%, w = S·(1 − 0.01·T/(S+D)), never below 0.
 * - Service time begins when a connection is free. Each of the c connections takes one of the first c arrivals, on average
 *   c/(2λ) after the stall began, and is busy until the drain ends; the λ(T−S−D) other arrivals find the server calm. So
 *   mean service = (c·(S+D − c/(2λ)) + λ(T−S−D)·calm) / (λT): where the response time shows the stall to all that were
 *   due, this shows it to the c that were sent.
 * - These c are fewer than 1% of λT, or else their times were the 99th percentile. It then is of a request that waited for
 *   no more than c−1 others, in a server at full speed: far below a hundredth of the stall.
 *
 * Pure. The stall and its drain must lie inside of the window. Throws `environment` for a server that never catches up.
 */
export function expectationOf({
  perSecond,
  windowMs,
  stallMs,
  capacityPerSecond,
  connections,
  calm,
}: Stall): Expectation {
  if (capacityPerSecond <= perSecond)
    throw new Failure(
      "environment",
      `expected a server that answers more than the ${perSecond} requests a second that arrive, but it answers ${Math.round(capacityPerSecond)}: use a quieter machine`,
    );
  const drainMs = (perSecond * stallMs) / (capacityPerSecond - perSecond);
  const behindMs = stallMs + drainMs;
  const perMs = perSecond / 1000;
  const arrivals = perMs * windowMs;
  const held = connections * (behindMs - connections / (2 * perMs));
  return {
    arrivals,
    drainMs,
    responseMeanMs: calm.responseMs + (stallMs * behindMs) / (2 * windowMs),
    responseP99Ms: calm.responseMs + stallMs * Math.max(0, 1 - (0.01 * windowMs) / behindMs),
    serviceMeanMs: (held + perMs * (windowMs - behindMs) * calm.serviceMs) / arrivals,
    serviceP99BelowMs: stallMs / 100,
  };
}
