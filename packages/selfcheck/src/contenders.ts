import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ClientKind } from "@apb/core/binding";
import { Failure } from "@apb/core/failure";
import type { Generator } from "@apb/runner/generator";
import type { ServerProcess } from "@apb/runner/server";
import { machineMs } from "@apb/runner/usage-series";
import type { RecordedRequest } from "./recorded-request.ts";
import { type Sighting, watch } from "./referee.ts";
import { generatorCpuMs, strain } from "./strain.ts";
import { type Job, type Output, type Reading, reportFile, type Tool } from "./tools/tool.ts";
import { startTool } from "./tools/tool-process.ts";

/** The server everybody sends to. */
export interface Arena {
  readonly server: Pick<ServerProcess, "urls" | "calls">;
  readonly binding: string;
  /** What our client sends it, for others to send as well. */
  readonly request: RecordedRequest;
}

/** How much of it, and how long. */
export interface Effort {
  readonly connections: number;
  readonly seconds: number;
  /** Null for as many requests as there can be. */
  readonly perSecond: number | null;
}

/** One run: what the client says, and what was seen of it. */
export interface Outcome {
  readonly reading: Reading;
  readonly sighting: Sighting | null;
}

/** Somebody who can put load on a server. */
export interface Contender {
  readonly name: string;
  readonly resolutionMs: number;
  run(arena: Arena, effort: Effort, signal: AbortSignal): Promise<Outcome>;
}

/** The first part of a run is for V8 to know its code; other tools written in JavaScript count it in. */
const warmUpShare = 0.25;

/** Our own load generator. Like the others it says how long requests took since they were sent. Its CPU time is its process's own reading, of the window. */
export function ours(client: ClientKind, generator: Generator): Contender {
  return {
    name: `this, ${client}`,
    resolutionMs: 0,
    async run({ server, binding }, { connections, seconds, perSecond }, signal) {
      const [warmUpMs, windowMs] = [1000 * seconds * warmUpShare, 1000 * seconds * (1 - warmUpShare)];
      let watched: Promise<Sighting | null> = Promise.resolve(null);
      const what = { server, binding, client, warmUpMs, windowMs, perSecond, connections };
      const strained = await strain(generator, what, (fromMs) => {
        watched = watch(server.calls, null, fromMs, windowMs, signal).catch(() => null);
      });
      const seen = await watched;
      const { totals, total, closed } = strained;
      const { completed } = totals.counts();
      return {
        reading: {
          requestsPerSecond: (1000 * completed) / totals.windowMs,
          p50Ms: total.service.percentileMs(50) ?? Number.NaN,
          p99Ms: total.service.percentileMs(99) ?? Number.NaN,
          failures: closed.failed,
        },
        sighting: seen === null ? null : { ...seen, cpuMsPerRequest: generatorCpuMs(strained) / completed },
      };
    },
  };
}

/** A tool of somebody else's, in a process of its own. */
export function theirs(tool: Tool, version: string): Contender {
  return {
    name: `${tool.name} ${version}`.trim(),
    resolutionMs: tool.resolutionMs,
    async run({ server, binding, request }, effort, signal) {
      const folder = await mkdtemp(join(tmpdir(), "bench-calibrate-"));
      try {
        // Not every tool can be told parts of a second.
        const seconds = Math.ceil(effort.seconds);
        const job: Job = { ...effort, seconds, origin: new URL(server.urls[binding] ?? "").origin, request, folder };
        const { args, files } = tool.invoke(job);
        for (const [name, content] of Object.entries({ ...files, body: request.body }))
          await writeFile(join(folder, name), content);
        const running = startTool(tool, args, signal);
        const seen = watch(server.calls, running.pid, machineMs(), 1000 * seconds, signal).catch(() => null);
        const stdout = await running.stdout;
        const report = await readFile(join(folder, reportFile), "utf8").catch(() => "");
        return { reading: wellRead(tool, { stdout, report }), sighting: await seen };
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
    },
  };
}

function wellRead(tool: Tool, output: Output): Reading {
  const reading = tool.read(output);
  if (Number.isFinite(reading.requestsPerSecond + reading.p50Ms + reading.p99Ms)) return reading;
  throw new Failure("protocol", `${tool.name} reports numbers that are none`);
}
