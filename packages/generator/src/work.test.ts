import { type ChildProcess, fork } from "node:child_process";
import { createRequire } from "node:module";
import { fileURLToPath, pathToFileURL } from "node:url";
import { type Answer, channelVersion } from "@apb/core/channel";
import type { Profile } from "@apb/core/scenario";
import type { Snapshot } from "@apb/core/snapshot";
import { Totals } from "@apb/core/totals";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Assignment, Closed } from "./channel.ts";

const profile: Profile = {
  ...{ name: "p", rounds: 1, warmUpMs: 0, primeMs: 0, windowMs: 1000 },
  ...{ sizesBytes: [1], rungs: [1], vus: 1 },
};
const target = { binding: "fake/memory", url: "memory:", client: "library" } as const;
const labels = ["50 iterations by 2 VUs", "w0: 3 VUs; w1: 50 iterations by 2 VUs"];

function assignment(kind: number, more: Partial<Assignment> = {}): Assignment {
  const around = { scenario: "fake", profile, share: { index: 0, of: 1 }, timeoutMs: 60_000, seed: 1 };
  return { ...target, ...around, params: { kind }, load: labels[kind] ?? "", ...more };
}

let child: ChildProcess;
let lastId = 0;
/** Everything that the process ever said, and who waits for more. */
const said: Answer[] = [];
let heard: () => void = () => undefined;

beforeAll(() => {
  const tsx = pathToFileURL(createRequire(import.meta.url).resolve("tsx")).href;
  const file = fileURLToPath(new URL("testing/generator-entry.ts", import.meta.url));
  child = fork(file, [], { execArgv: ["--import", tsx], serialization: "advanced" });
  child.on("message", (answer: Answer) => {
    said.push(answer);
    heard();
  });
});

afterAll(async () => {
  const ended = new Promise((resolve) => child.once("exit", resolve));
  child.disconnect();
  expect(await ended).toBe(0);
});

/** Resolves with the first that was or will be said like this. */
async function hear(like: (answer: Answer) => boolean): Promise<Answer> {
  for (;;) {
    const found = said.find(like);
    if (found !== undefined) return found;
    await new Promise<void>((resolve) => {
      heard = resolve;
    });
  }
}

function ask(call: string, argument: unknown, version: number = channelVersion): number {
  const id = ++lastId;
  child.send({ version, id, call, argument });
  return id;
}

const answerTo = (asked: number): Promise<Answer> => hear(({ id, kind }) => id === asked && kind !== "event");
const answer = (call: string, argument: unknown, version?: number): Promise<Answer> =>
  answerTo(ask(call, argument, version));
const now = (): number => Number(process.hrtime.bigint()) / 1e6;

/** The window told under this id, and its end. */
function told(asked: number): { readonly snapshots: readonly Snapshot[]; readonly totals: Totals } {
  const events = said.flatMap((one) => (one.id === asked && one.kind === "event" ? [one.event as Snapshot] : []));
  const totals = new Totals();
  for (const snapshot of events) totals.add(snapshot);
  return { snapshots: events, totals };
}

describe("the generator process", () => {
  it.each([
    ["a call it does not know", "dance"],
    ["a call that is only a property", "toString"],
  ])("refuses %s, and says which", async (_name, call) => {
    const message = `this generator does not know the call ${call}`;
    expect(await answer(call, target)).toMatchObject({ kind: "failure", failure: "internal", message });
  });

  it("refuses another version, and says which it speaks, as it does with every answer", async () => {
    const message =
      "this generator speaks version 1 of the channel, expected 2; run the same version of this program on both sides";
    expect(await answer("rehearse", target, channelVersion + 1)).toMatchObject({
      ...{ version: channelVersion, kind: "failure", failure: "environment", message },
    });
    expect(new Set(said.map(({ version }) => version))).toEqual(new Set([channelVersion]));
  });

  it.each<[name: string, call: string, argument: unknown, message: string]>([
    ["a drive without connections", "drive", { startAtMs: 0, warmUpMs: 0 }, "a load was asked for before connect"],
    ["an unknown binding", "rehearse", assignment(0, { binding: "no/such" }), "the generator knows no binding no/such"],
    [
      "an unknown scenario",
      "connect",
      assignment(0, { scenario: "none" }),
      "the generator knows no such point of none",
    ],
    ["an unknown load", "connect", assignment(0, { load: "7 VUs" }), "the generator knows no such point of fake"],
  ])("refuses %s", async (_name, call, argument, message) => {
    expect(await answer(call, argument)).toMatchObject({ kind: "failure", failure: "internal", message });
  });

  it("rehearses a load", async () => {
    expect(await answer("rehearse", assignment(0))).toMatchObject({ kind: "result", value: null });
  });

  it("runs the checks", async () => {
    const verified = await answer("verify", { ...target, timeoutMs: 10_000 });
    const outcomes = verified.kind === "result" ? (verified.value as { status: string; reason: string }[]) : [];
    expect(outcomes.length).toBeGreaterThan(20);
    expect(outcomes.filter(({ status }) => status !== "passed")).toEqual([]);
  });

  it("connects, drives, tells each second under the drive's id, and answers once", async () => {
    expect(await answer("connect", assignment(0))).toMatchObject({
      kind: "result",
      value: { asked: 2, held: 2, failures: {}, firstFailure: null, step: { response: { count: 2 } } },
    });
    const id = ask("drive", { startAtMs: now(), warmUpMs: 0 });
    const end = await answerTo(id);
    const { snapshots, totals } = told(id);
    expect(said.filter((one) => one.id === id && one.kind !== "event")).toEqual([end]);
    expect(said.at(-1)).toBe(end);
    expect(snapshots.map(({ draining }) => draining).lastIndexOf(true)).toBe(snapshots.length - 1);
    expect(snapshots.every(({ processes }) => Object.keys(processes).join() === "0")).toBe(true);
    expect(totals.counts()).toMatchObject({ begun: 50, completed: 50, operations: 50, interrupted: 0 });
    expect(totals.step("send")?.response.count).toBe(50);
    expect(end).toMatchObject({
      kind: "result",
      value: { iterations: 50, operations: 50, agentCalls: 50, failed: 0, bodyBytes: 2 * 50 * 16, reconnects: 0 },
    });
    const closed = (end.kind === "result" ? end.value : null) as Closed;
    expect(closed.sentBytes).toBeGreaterThan(50 * 16);
    expect(closed.receivedBytes).toBeGreaterThan(50 * 16);
  });

  it("begins at a time of the clock that all processes share, and stops when it is told to", async () => {
    await answer("connect", assignment(1));
    // A window that began 1.5 s ago: its first second is told at once.
    const drive = ask("drive", { startAtMs: now() - 1500, warmUpMs: 0 });
    const first = await hear(({ id, kind }) => id === drive && kind === "event");
    expect(first).toMatchObject({ event: { second: 0, fromMs: 0, toMs: 1000, draining: false } });
    const stop = ask("stop", { graceMs: 0 });
    expect(await answerTo(stop)).toMatchObject({ kind: "result", value: null });
    const end = await answerTo(drive);
    const { snapshots, totals } = told(drive);
    expect(snapshots.map(({ draining }) => draining)).toEqual([...snapshots.slice(1).map(() => false), true]);
    expect(totals.windowMs).toBeGreaterThanOrEqual(1500);
    expect(totals.counts("w0")).toMatchObject({ begun: 3, completed: 0, interrupted: 3 });
    expect(totals.counts("w1")).toMatchObject({ begun: 50, completed: 50 });
    expect(end).toMatchObject({ kind: "result", value: { iterations: 53, failed: 3 } });
  });

  it("takes its share of each workload", async () => {
    const share = { index: 1, of: 2 };
    expect(await answer("connect", assignment(1, { share }))).toMatchObject({ value: { asked: 2, held: 2 } });
    const drive = ask("drive", { startAtMs: now() - 1500, warmUpMs: 0 });
    const first = await hear(({ id, kind }) => id === drive && kind === "event");
    expect(first).toMatchObject({ event: { processes: { 1: {} } } });
    await answer("stop", { graceMs: 0 });
    await answerTo(drive);
    expect(told(drive).totals.counts("w0").begun).toBe(1);
    expect(told(drive).totals.counts("w1").begun).toBe(25);
  });

  it("stops nothing where nothing is under way, and drives no more once it is disconnected", async () => {
    expect(await answer("stop", { graceMs: 0 })).toMatchObject({ kind: "result", value: null });
    expect(await answer("disconnect", null)).toMatchObject({ kind: "result", value: null });
    expect(await answer("drive", { startAtMs: 0, warmUpMs: 0 })).toMatchObject({ kind: "failure" });
  });
});
