import { parseArgs } from "node:util";
import type { Binding } from "@apb/core/binding";
import { Failure } from "@apb/core/failure";
import { counted } from "@apb/report/format";
import { calibrationSection } from "./calibration.ts";
import { type Arena, type Contender, ours, theirs } from "./contenders.ts";
import { contest } from "./contest.ts";
import { bindings, bodyBytes, files, users } from "./paths.ts";
import { generate, serve } from "./processes.ts";
import { print, runProgram, say } from "./program.ts";
import { recordRequest } from "./recorded-request.ts";
import { ab } from "./tools/ab.ts";
import { autocannon } from "./tools/autocannon.ts";
import { ghz } from "./tools/ghz.ts";
import { h2load } from "./tools/h2load.ts";
import { k6 } from "./tools/k6.ts";
import type { Tool } from "./tools/tool.ts";
import { versionOf } from "./tools/tool-process.ts";
import { wrk } from "./tools/wrk.ts";

/**
 * Our load generator beside the tools everybody knows: the same server, the same bytes, turn and turn about. Where they
 * agree a number is the server's; where they do not, it is the tool's. `--quick` only shows that it works.
 */
const { values: flags } = parseArgs({
  options: {
    rounds: { type: "string", default: "3" },
    seconds: { type: "string", default: "3" },
    quick: { type: "boolean", default: false },
  },
});

const tools: readonly Tool[] = [wrk, ab, h2load, autocannon, ghz, k6];
/** Low enough for every tool and every machine: what is left is latency alone. */
const lowPerSecond = 500;
/** Requests a second on each connection of a paced load: so seldom that none waits for another, whoever sends them. */
const perConnection = 10;

interface Plan {
  /** Arrivals a second of the loads put on each binding; null for as many requests as there can be. */
  readonly loads: Readonly<Record<string, readonly (number | null)[]>>;
  readonly rounds: number;
  readonly seconds: number;
}

/** A tool that is here. */
interface Installed {
  readonly tool: Tool;
  readonly version: string;
}

/** How the figures of a contest are to be read; `speaking` are the tools that could have taken part. */
function remarksOn(perSecond: number | null, speaking: readonly Tool[]): readonly string[] {
  const named = (some: readonly Tool[], what: string): string[] =>
    some.length === 0 ? [] : [`${some.map(({ name }) => name).join(" and ")} ${what}.`];
  const paced = (how: Tool["pace"]): readonly Tool[] => speaking.filter(({ pace }) => pace === how);
  const coarse = speaking.filter(({ resolutionMs }) => resolutionMs > 0);
  return [
    ...(perSecond === null
      ? [
          `With ${users} requests under way the mean latency is ${users} / RPS: it says how fast client and server are together.`,
        ]
      : [
          "Requests are sent at even distances unless a tool is named here, and latency is from when one was sent; of the CPU time of ours a part is for being punctual.",
          ...named(paced("bursts"), "sends the requests of each second in a row, so that they wait for each other"),
          ...named(paced(null), "cannot keep a rate"),
        ]),
    ...named(coarse, "counts whole milliseconds"),
    "The server's count and the CPU time are of the middle of each run, seen from outside; the CPU time of ours is its process's own reading, over its window.",
  ];
}

/** The tools that are here; the others are named, a line each. */
async function installed(signal: AbortSignal): Promise<readonly Installed[]> {
  const here: Installed[] = [];
  for (const tool of tools) {
    const version = await versionOf(tool, signal);
    if (version !== null) here.push({ tool, version });
    else process.stdout.write(`${tool.name} is not installed, see ${tool.home}\n`);
  }
  return here;
}

/** One binding's server, both of our clients, and every tool that speaks its transport, load after load. */
async function calibrate(id: string, here: readonly Installed[], plan: Plan, signal: AbortSignal): Promise<void> {
  await using server = await serve(files.referenceServer, [id], signal);
  await using library = generate(signal);
  await using wire = generate(signal);
  const binding = bindings.find((one) => one.id === id) as Binding;
  const request = await recordRequest(binding, server.urls[id] as string, bodyBytes);
  const arena: Arena = { binding: id, server, request };
  const speaking = here.filter(({ tool }) => tool.speaks.includes(request.protocol));
  const { rounds, seconds } = plan;
  for (const perSecond of plan.loads[id] ?? []) {
    const able = speaking.filter(({ tool }) => perSecond === null || tool.pace !== null);
    const field: readonly Contender[] = [
      ours("wire", wire),
      ours("library", library),
      ...able.map(({ tool, version }) => theirs(tool, version)),
    ];
    const pace = perSecond === null ? "as many as possible" : `${perSecond} a second`;
    const announce = (round: number, { name }: Contender): void =>
      say(`${id}, ${pace}, round ${round} of ${rounds}: ${name}`);
    const connections = perSecond === null ? users : perSecond / perConnection;
    const effort = { connections, seconds, perSecond };
    const caption = `${connections} connections, 1 KiB each way, the same request by all; medians of ${counted(rounds, "round")} of ${seconds} s each`;
    const entries = await contest(field, arena, effort, rounds, announce, signal);
    const remarks = remarksOn(
      perSecond,
      speaking.map(({ tool }) => tool),
    );
    print(calibrationSection(`${id}, ${pace}`, caption, entries, remarks));
    if (entries.some(({ troubles }) => troubles.length > 0)) process.exitCode = 1;
  }
}

function wholeNumber(flag: "rounds" | "seconds"): number {
  const text = flags[flag];
  if (/^[1-9]\d?$/.test(text)) return Number(text);
  throw new Failure("usage", `--${flag} ${text}: expected a whole number from 1 to 99`);
}

await runProgram(async (signal) => {
  const both = [null, lowPerSecond];
  const plan: Plan = flags.quick
    ? { loads: { "mcp/jsonrpc": [null], "agp/grpc": [lowPerSecond] }, rounds: 1, seconds: 0.2 }
    : {
        loads: { "mcp/jsonrpc": both, "agp/grpc": both },
        ...{ rounds: wholeNumber("rounds"), seconds: wholeNumber("seconds") },
      };
  const here = await installed(signal);
  if (here.length < tools.length) process.stdout.write("\n");
  for (const id of Object.keys(plan.loads)) await calibrate(id, here, plan, signal);
});
