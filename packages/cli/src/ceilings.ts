import type { ClientKind } from "@apb/core/binding";
import type { Ceiling } from "@apb/core/ceiling";
import { asFailure } from "@apb/core/failure";
import type { Carrier } from "@apb/core/transport";
import { within } from "@apb/runner/races";
import { reachCeiling } from "@apb/selfcheck/ceiling";
import { generate, serve } from "@apb/selfcheck/load";
import { bodyBytes, files, type Path, paths, users } from "@apb/selfcheck/paths";

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
