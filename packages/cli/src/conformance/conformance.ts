import { fileURLToPath } from "node:url";
import type { ClientKind } from "@apb/core/binding";
import { Agents } from "@apb/reference-servers/agents/agents";
import { listen } from "@apb/reference-servers/listen";
import { conformanceDoor } from "@apb/reference-servers/mcp/conformance/door";
import { exitCodes, mishap } from "../exit-codes.ts";
import { interruption } from "../interruption.ts";
import { attemptedIn, holds, type Leg, legText, summaryText } from "./leg.ts";
import type { ScenarioResult } from "./results.ts";
import { type Revision, revisions } from "./scenario-sets.ts";
import { fetchSuite, readRequirements, runSuite, suiteName, suiteVersion } from "./suite.ts";

/** `pnpm conformance`: the official conformance suite against our MCP server and our MCP clients. */
const client = fileURLToPath(new URL("./client.ts", import.meta.url));

async function conformance(signal: AbortSignal): Promise<number> {
  await fetchSuite(signal);
  const legs: Leg[] = [];
  const show = (...more: readonly Leg[]): void => {
    legs.push(...more);
    for (const leg of more) process.stdout.write(`${legText(leg)}\n\n`);
  };
  for (const revision of revisions) show(await serverLeg(revision, signal));
  for (const revision of revisions)
    show(...(await Promise.all((["wire", "library"] as const).map((kind) => clientLeg(revision, kind, signal)))));
  process.stdout.write(`${suiteName} ${suiteVersion}, Node ${process.version}\n${summaryText(legs)}\n`);
  return legs.every(holds) ? exitCodes.fine : exitCodes.failed;
}

async function serverLeg(revision: Revision, signal: AbortSignal): Promise<Leg> {
  const { server: required, not_scored: besides } = await readRequirements(revision);
  const { binding } = conformanceDoor;
  const place = { bindings: [binding], port: 0, host: "loopback", agents: new Agents(), doors: [conformanceDoor] };
  await using server = await listen(place);
  const start = performance.now();
  const args = ["--url", server.urls[binding] as string, "--requirements", revision];
  const { results } = await runSuite("server", `server-${revision}`, args, signal);
  return { side: "server", revision, required, besides, results, elapsedMs: performance.now() - start };
}

/** Scenario by scenario: the suite would start a client for every required one, all at the same time. */
async function clientLeg(revision: Revision, kind: ClientKind, signal: AbortSignal): Promise<Leg> {
  const { client: required } = await readRequirements(revision);
  const side = `client, ${kind}` as const;
  const start = performance.now();
  const results: ScenarioResult[] = [];
  for (const scenario of attemptedIn({ required, side })) {
    const command = `"${process.execPath}" --import tsx "${client}" ${kind}`;
    const args = ["--command", command, "--scenario", scenario, "--spec-version", revision];
    const run = await runSuite("client", `client-${revision}-${kind}/${scenario}`, args, signal);
    results.push(...run.results.map((result) => (run.code === 0 ? result : unwell(result))));
  }
  return { side, revision, required, besides: [], results, elapsedMs: performance.now() - start };
}

/** Every check may pass, and yet the client have ended with an error; complaints say more than that. */
function unwell(result: ScenarioResult): ScenarioResult {
  const silent = result.complaints.length === 0 && result.accepted.length === 0;
  return silent ? { ...result, complaints: ["the client has ended with an error"] } : result;
}

const { signal, release } = interruption("ending the suite");
process.exitCode = await conformance(signal)
  .catch((error: unknown) => (signal.aborted ? exitCodes.interrupted : mishap(error)))
  .finally(release);
