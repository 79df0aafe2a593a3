import type { ClientKind } from "@apb/core/binding";
import type { Ceiling } from "@apb/core/ceiling";
import { asFailure } from "@apb/core/failure";
import type { Carrier } from "@apb/core/transport";
import type { Generator } from "@apb/runner/generator";
import { within } from "@apb/runner/races";
import type { ServerProcess } from "@apb/runner/server";
import { usageReader } from "@apb/runner/usage";
import { cpuMsAt, watchUsage } from "@apb/runner/usage-series";
import { bodyBytes, files, type Path, paths, users } from "./paths.ts";
import { generate, serve } from "./processes.ts";
import { generatorCpuMs, strain } from "./strain.ts";

/** What one generator process did at most, against a server that does nothing. */
export interface Reached {
  readonly operationsPerSecond: number;
  /** Of the generator. */
  readonly cpuMsPerOperation: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Shares of a core. */
  readonly generatorCpu: number;
  readonly serverCpu: number;
  readonly peakBytes: number;
}

/** How long a path is warmed up and measured. */
export interface CeilingTimes {
  readonly warmUpMs: number;
  readonly windowMs: number;
}

/** Puts as much load on the server as the generator can make, along one path. Throws what {@link strain} throws. */
export async function reachCeiling(
  { binding, client }: Path,
  generator: Generator,
  server: ServerProcess,
  times: CeilingTimes,
): Promise<Reached> {
  await using usage = watchUsage(usageReader(server.pid));
  const strained = await strain(generator, { server, binding, client, ...times, perSecond: null });
  await usage.sample();
  const { totals, total, closed, fromMs, untilMs } = strained;
  const { windowMs } = totals;
  const { completed } = totals.counts();
  const cpuMs = generatorCpuMs(strained);
  const serverCpuMs = (cpuMsAt(usage.samples, untilMs) ?? 0) - (cpuMsAt(usage.samples, fromMs) ?? 0);
  return {
    operationsPerSecond: (1000 * completed) / windowMs,
    cpuMsPerOperation: cpuMs / completed,
    p50Ms: total.response.percentileMs(50) ?? Number.NaN,
    p99Ms: total.response.percentileMs(99) ?? Number.NaN,
    generatorCpu: cpuMs / windowMs,
    serverCpu: serverCpuMs / windowMs,
    peakBytes: closed.rssPeakBytes,
  };
}

/** Of the time there is for a ceiling, what goes by before V8 has compiled what it will run. */
const warmUpShare = 2 / 3;

/** Beyond the time for a ceiling: two processes start, connect, answer what is under way, end. */
const aroundMs = 20_000;

/** Whose ceilings are wanted, and how long each may take. */
export interface CeilingsWanted {
  readonly carriers: ReadonlySet<Carrier>;
  readonly clients: readonly ClientKind[];
  readonly ceilingMs: number;
}

/**
 * What one generator process can do at most, for each carrier and client of a run: a null server and a generator of
 * its own each, one after the other. Never throws: what cannot be measured says why, and what an aborted `signal` left
 * out is absent.
 */
export async function measureCeilings(
  { carriers, clients, ceilingMs }: CeilingsWanted,
  announce: (doing: string) => void,
  signal: AbortSignal,
): Promise<readonly Ceiling[]> {
  const ceilings: Ceiling[] = [];
  for (const transport of carriers) {
    for (const client of clients) {
      announce(`finding this client's ceiling: ${transport}, ${client}`);
      const path = paths.find((one) => one.transport === transport && one.client === client);
      const found =
        path === undefined
          ? { operationsPerSecond: null, missing: "there is no server that does nothing for this transport" }
          : await attempt(path, ceilingMs, signal);
      if (signal.aborted) return ceilings;
      ceilings.push({ transport, client, users, sizeBytes: bodyBytes, ...found });
    }
  }
  return ceilings;
}

async function attempt(
  path: Path,
  ceilingMs: number,
  signal: AbortSignal,
): Promise<Pick<Ceiling, "operationsPerSecond" | "missing">> {
  const times = { warmUpMs: ceilingMs * warmUpShare, windowMs: ceilingMs * (1 - warmUpShare) };
  try {
    await using generator = generate(signal);
    await using server = await serve(files.nullServer, [path.binding], signal);
    const reached = reachCeiling(path, generator, server, times);
    const { operationsPerSecond, cpuMsPerOperation } = await within(ceilingMs + aroundMs, "a ceiling", reached);
    // Where others had a part of the core, its CPU time tells what it could have done with all of it.
    return { operationsPerSecond: Math.max(operationsPerSecond, 1000 / cpuMsPerOperation), missing: null };
  } catch (error) {
    return { operationsPerSecond: null, missing: asFailure(error).message };
  }
}
