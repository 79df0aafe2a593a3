import type { Verdict } from "@apb/core/cell";
import type { Latency } from "@apb/core/latency";
import type { StepTotals } from "@apb/core/totals";
import { duration, number, whole } from "@apb/report/format";
import { keyColumn, plain, type Section, sectionOf, valueColumn } from "@apb/report/section";
import { figure } from "./program.ts";
import type { Expectation, Stall } from "./stall-theory.ts";

/** How far from the theory a measured value may be. */
const tolerance = 0.05;

/** One value by theory and as measured. */
export interface StallLine {
  readonly what: string;
  readonly expected: number;
  readonly measured: number;
  /** Whether the theory gives a limit that the value stays below, and not the value. */
  readonly isLimit: boolean;
}

/** Whether a value is what the theory says. Pure. */
export function agrees({ expected, measured, isLimit }: StallLine): boolean {
  return isLimit ? measured < expected : Math.abs(measured - expected) <= tolerance * expected;
}

/** What an open load measured of its iterations beside what it should have. Pure. */
export function stallLines(expectation: Expectation, { response, service }: StepTotals): readonly StallLine[] {
  const line = (what: string, expected: number, measured: number | null, isLimit = false): StallLine => ({
    ...{ what, expected, measured: measured ?? Number.NaN, isLimit },
  });
  return [
    line("requests", expectation.arrivals, response.count),
    line("response time, mean, ms", expectation.responseMeanMs, response.meanMs),
    line("response time, p99, ms", expectation.responseP99Ms, response.percentileMs(99)),
    line("service time, mean, ms", expectation.serviceMeanMs, service.meanMs),
    line("service time, p99, ms", expectation.serviceP99BelowMs, service.percentileMs(99), true),
  ];
}

/** The lines as a table. Pure. */
export function openStallSection(
  { perSecond, windowMs, stallMs, capacityPerSecond, connections }: Stall,
  { drainMs }: Expectation,
  lines: readonly StallLine[],
  lateStartP99Ms: number,
): Section {
  return sectionOf<StallLine>({
    title: "A stall under an open load",
    caption: `${perSecond} arrivals a second on ${connections} connections for ${duration(windowMs)}; the server is stopped for ${duration(stallMs)} of it, and answers ${whole(capacityPerSecond)} a second when it is not: what has waited is done ${duration(drainMs)} later`,
    columns: [
      keyColumn("what", ({ what }) => what),
      valueColumn(0, "expected", "", ({ expected, isLimit }) => plain(`${isLimit ? "<" : ""}${number(expected)}`)),
      valueColumn(0, "measured", "", ({ measured }) => plain(number(measured))),
      valueColumn(0, "measured /\nexpected", "", ({ expected, measured, isLimit }) =>
        figure(isLimit ? null : measured / expected, number),
      ),
      valueColumn(0, `within ${100 * tolerance}%`, "", (line) => plain(agrees(line) ? "yes" : "NO")),
    ],
    groups: [lines],
    remarks: [
      "The response time counts from when a request was due, so that the stall is seen by all that were due; the service time counts from when it was sent, so that it is seen by the one on each connection.",
      `Requests were noticed up to ${number(lateStartP99Ms)} ms after they were due (p99).`,
    ],
  });
}

/** A load beside others: its response times, and its verdict. */
export interface VerdictLine {
  readonly what: string;
  readonly windowMs: number;
  readonly iterationsPerSecond: number;
  /** Null when nothing succeeded. */
  readonly responseMs: Latency | null;
  readonly verdict: Verdict;
}

/** What the percentiles of closed and open loads say of a stall, and what the verdict says. Pure. */
export function closedStallSection(users: number, stallMs: number, lines: readonly VerdictLine[]): Section {
  const ms = (header: string, of: (latency: Latency) => number) =>
    valueColumn<VerdictLine>(0, header, "ms", ({ responseMs }) =>
      figure(responseMs === null ? null : of(responseMs), number),
    );
  return sectionOf<VerdictLine>({
    title: "The same stall under a closed load",
    caption: `${users} users, each asking again when it has its reply; the server is stopped for ${duration(stallMs)}`,
    columns: [
      keyColumn("load", ({ what }) => what),
      valueColumn(0, "window", "", ({ windowMs }) => plain(duration(windowMs))),
      valueColumn(0, "RPS", "", ({ iterationsPerSecond }) => plain(whole(iterationsPerSecond))),
      ms("mean", ({ mean }) => mean),
      ms("p50", ({ p50 }) => p50),
      ms("p99", ({ p99 }) => p99),
      ms("p99.9", ({ p999 }) => p999),
      ms("max", ({ max }) => max),
      valueColumn(0, "verdict", "", ({ verdict }) =>
        plain(verdict.findings.map(({ kind }) => kind).join(", ") || verdict.kind),
      ),
    ],
    groups: [lines],
    remarks: [
      `Of the stall the closed load's percentiles show nothing: only ${users} requests met it, because nobody asks while all wait. The verdict must say it.`,
      ...lines.flatMap(({ what, verdict }) =>
        verdict.findings.map(({ kind, message, hint }) => `${what}, ${kind}: ${message}; ${hint}.`),
      ),
    ],
  });
}
