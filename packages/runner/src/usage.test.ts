import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { type ReaderOptions, usageReader } from "./usage.ts";

/** A process as the kernel tells of it. */
interface Told {
  /** Nanoseconds by thread. */
  readonly threads: Readonly<Record<number, number>>;
  /** Children by the thread that began them. */
  readonly children?: Readonly<Record<number, readonly number[]>>;
  /** User, system, and the same of children that ended and were waited for: in hundredths of a second. */
  readonly ticks?: readonly [number, number, number, number];
  /** Null for a process that ended and was not yet waited for. */
  readonly rssKb: number | null;
  readonly name?: string;
}

type Processes = Readonly<Record<number, Told>>;

const proc = mkdtempSync(join(tmpdir(), "proc-"));
afterAll(() => rmSync(proc, { recursive: true }));

function write(path: string, text: string): void {
  mkdirSync(join(proc, path, ".."), { recursive: true });
  writeFileSync(join(proc, path), text);
}

function tell(processes: Processes, ownSchedstat = "1000 5 1\n"): void {
  rmSync(proc, { recursive: true });
  write("self/schedstat", ownSchedstat);
  for (const [pid, { threads, children = {}, ticks = [0, 0, 0, 0], rssKb, name = "node" }] of Object.entries(
    processes,
  )) {
    write(
      `${pid}/stat`,
      `${pid} (${name}) S 1 ${pid} ${pid} 0 -1 4194560 9 8 7 6 ${ticks.join(" ")} 20 0 11 0 73 9 9\n`,
    );
    write(
      `${pid}/status`,
      `Name:\t${name}\n${rssKb === null ? "" : `VmHWM:\t  999999 kB\nVmRSS:\t  ${rssKb} kB\n`}Threads:\t1\n`,
    );
    for (const [thread, ns] of Object.entries(threads)) {
      write(`${pid}/task/${thread}/schedstat`, `${ns} 777 3\n`);
      write(`${pid}/task/${thread}/children`, (children[Number(thread)] ?? []).map((child) => `${child} `).join(""));
    }
  }
}

const alone: Told = { threads: { 42: 3_000_000, 43: 1_500_000 }, rssKb: 10 };
const parent: Told = { ...alone, children: { 42: [50], 43: [60] } };
const below: Processes = {
  50: { threads: { 50: 500_000 }, children: { 50: [70] }, rssKb: 20 },
  60: { threads: { 60: 250_000 }, rssKb: 30 },
  70: { threads: { 70: 125_000 }, rssKb: 40 },
};

describe("what the kernel tells of a process", () => {
  it.each<[string, ReaderOptions, readonly Processes[], readonly (readonly [cpuMs: number, rssKb: number])[]]>([
    ["is the sum of its threads", {}, [{ 42: alone }], [[4.5, 10]]],
    ["does not depend on its name", {}, [{ 42: { ...alone, ticks: [1, 1, 9, 9], name: "a) S 1 (b" } }], [[20, 10]]],
    ["is without its children", {}, [{ 42: { ...parent, ticks: [0, 0, 9, 9] }, ...below }], [[4.5, 10]]],
    ["is with them when asked for", { tree: true }, [{ 42: parent, ...below }], [[5.375, 100]]],
    [
      "is with those that ended unseen",
      { tree: true },
      [{ 42: { ...parent, ticks: [0, 0, 1, 2] }, ...below }],
      [[30, 100]],
    ],
    [
      "keeps the time of a thread that ended",
      {},
      [
        { 42: alone },
        { 42: { ...alone, threads: { 42: 3_000_000 } } },
        { 42: { ...alone, threads: { 42: 4_000_000 } } },
      ],
      [
        [4.5, 10],
        [4.5, 10],
        [5.5, 10],
      ],
    ],
    [
      "has the time of a thread that was never seen, to a tick",
      {},
      [{ 42: alone }, { 42: { ...alone, ticks: [2, 1, 0, 0] } }],
      [
        [4.5, 10],
        [30, 10],
      ],
    ],
    [
      "keeps the time of a child that ended, and not its memory",
      { tree: true },
      [{ 42: parent, ...below }, { 42: { ...parent, children: { 43: [60] } }, 60: below[60] as Told }, { 42: alone }],
      [
        [5.375, 100],
        [5.375, 40],
        [5.375, 10],
      ],
    ],
    [
      "counts a child that ended while it was looked for as nothing new",
      { tree: true },
      [
        { 42: parent, ...below },
        { 42: parent, 60: { ...(below[60] as Told), rssKb: null } },
      ],
      [
        [5.375, 100],
        [5.375, 10],
      ],
    ],
  ])("%s", async (_, options, states, expected) => {
    tell({});
    const read = usageReader(42, { ...options, proc });
    const readings: unknown[] = [];
    for (const state of states) {
      tell(state);
      readings.push(await read());
    }
    expect(readings).toEqual(expected.map(([cpuMs, rssKb]) => ({ cpuMs, rssBytes: 1024 * rssKb, resolutionMs: 0 })));
  });

  it.each<[string, Processes]>([
    ["is not there", { 41: alone }],
    ["ended and was not yet waited for", { 42: { ...alone, rssKb: null } }],
  ])("is a failure when the process %s", async (_, processes) => {
    tell(processes);
    await expect(usageReader(42, { proc })()).rejects.toMatchObject({
      kind: "environment",
      message: expect.stringContaining("process 42 cannot be read"),
    });
  });

  it("does not take what cannot be read now for ended", async () => {
    tell({ 42: alone });
    const read = usageReader(42, { proc });
    rmSync(join(proc, "42/task/43/schedstat"));
    mkdirSync(join(proc, "42/task/43/schedstat"));
    await expect(read()).rejects.toThrow("EISDIR");
  });
});

describe("a system that tells ticks only", () => {
  it.each([
    ["without the file", {}],
    ["with a file of zeros", { zeros: "0 0 0\n" }],
  ])("%s", async (_, { zeros }: { zeros?: string }) => {
    tell({}, zeros);
    if (zeros === undefined) rmSync(join(proc, "self"), { recursive: true });
    const before = ownCpuMs();
    const { cpuMs, rssBytes, resolutionMs } = await usageReader(process.pid, { proc })();
    expect(resolutionMs).toBe(10);
    // User and system time are each cut to a tick.
    expect(cpuMs).toBeGreaterThan(before - 2 * resolutionMs - 0.001);
    expect(cpuMs).toBeLessThanOrEqual(ownCpuMs());
    expect(rssBytes).toBeGreaterThan(10 * 1024 * 1024);
  });

  it("fails when the process has ended", async () => {
    tell({}, "0 0 0\n");
    const { child } = startBurner();
    child.kill("SIGKILL");
    await once(child, "exit");
    await expect(usageReader(child.pid as number, { proc })()).rejects.toMatchObject({ kind: "environment" });
  });
});

function ownCpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

const burner = fileURLToPath(new URL("./testing/burner.mjs", import.meta.url));

/** Starts one, and gives what makes it do something and answer the CPU time used by its own count. */
function startBurner(): { child: ChildProcess; order: (what: string) => Promise<number> } {
  const child = fork(burner);
  const order = async (what: string): Promise<number> => {
    const answer = once(child, "message");
    child.send(what);
    return Number((await answer)[0]);
  };
  return { child, order };
}

describe("a real process", () => {
  // What began and ended between two readings is known to a tick of user and one of system time.
  it.each<[string, string, ReaderOptions, number]>([
    ["itself", "burn", {}, 2],
    ["a thread that ended", "thread", {}, 20],
    ["a child that lives", "below", { tree: true }, 2],
    ["a child that ended", "errand", { tree: true }, 20],
  ])("has used what it says it has: %s", async (_, what, options, slackMs) => {
    const { child, order } = startBurner();
    if (what === "below") await order("adopt");
    const read = usageReader(child.pid as number, options);
    const [saidBefore, before] = [await order("tell"), await read()];
    const [saidAfter, after] = [await order(what), await read()];
    child.disconnect();
    const saidMs = saidAfter - saidBefore;
    expect(saidMs).toBeGreaterThanOrEqual(300);
    expect(Math.abs(after.cpuMs - before.cpuMs - saidMs)).toBeLessThanOrEqual(
      0.05 * saidMs + slackMs + 2 * after.resolutionMs,
    );
  });

  it("has the memory it says it has", async () => {
    const { rssBytes } = await usageReader(process.pid)();
    expect(Math.abs(rssBytes / process.memoryUsage.rss() - 1)).toBeLessThan(0.1);
  });
});
