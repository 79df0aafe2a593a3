import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { type AddressInfo, createServer as createTcpServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readRun } from "@apb/report/read";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { bench, childrenOf, gone, startedBy, workersOf } from "./testing/bench-process.ts";

let folder = "";
let out = "";

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "bench-test-"));
  out = join(folder, "run");
});

afterEach(() => rm(folder, { recursive: true, force: true }));

describe("a run that goes wrong", () => {
  const long = [
    "--profile",
    "smoke",
    "--binding",
    "mcp/jsonrpc,acp/rest",
    "--scenario",
    "message-size",
    "--size",
    "1KiB",
    "--duration",
    "300ms",
    "--ceiling",
    "0ms",
    // By agents that wait a little, so that the load does not take all there is of the machine.
    "--delay",
    "5ms",
  ];

  it("loses one cell, not the run, when its server dies", async () => {
    const run = bench("run", ...long, "--out", out);
    await run.says(/\[1\/4/);
    const children = await childrenOf(run.child.pid as number);
    const [server] = [...children].find(([, command]) => command.includes("/server.js")) ?? [];
    process.kill(server as number, "SIGKILL");
    const { code, stdout, stderr } = await run.ended;
    expect(code).toBe(1);
    expect(stderr).toMatch(/failed: .*the server ended.*SIGKILL/);
    expect(stdout).toContain("SIGKILL");
    const { results, info } = await readRun(out);
    expect(results).toHaveLength(4);
    expect(results.filter(({ status }) => status === "measured")).toHaveLength(3);
    expect(info.exit).toBe("completed");
    await gone(children.keys());
  }, 60_000);

  it("keeps what was measured on Ctrl-C, says so, and ends its processes", async () => {
    const run = bench("run", ...long, "--rounds", "50", "--out", out);
    // In the middle of a group's two cells: between groups the old processes are gone and the new ones not yet there.
    await run.says(/\[3\/200/);
    const children = await childrenOf(run.child.pid as number);
    expect(children.size).toBeGreaterThanOrEqual(2);
    run.child.kill("SIGINT");
    const { code, stdout, stderr } = await run.ended;
    expect(code).toBe(130);
    expect(stderr).toContain("interrupted");
    expect(stdout).toContain("message-size");
    const { info, results } = await readRun(out);
    expect(info.exit).toBe("interrupted");
    expect(results.length).toBeGreaterThanOrEqual(3);
    await gone(children.keys());
  }, 60_000);

  it("leaves no process when it is killed outright", async () => {
    const run = bench("run", ...long, "--rounds", "50", "--out", out);
    await run.says(/\[1\/200/);
    const children = await childrenOf(run.child.pid as number);
    run.child.kill("SIGKILL");
    await run.ended;
    await gone(children.keys());
    expect((await readRun(out)).info.exit).toBe(null);
  }, 60_000);
});

/** A run of one cell that is still warming up whenever it is looked at. */
const one = ["run", "--binding", "mcp/jsonrpc", "--scenario", "workflow", "--rounds", "1"];
const warming = [...one, "--ceiling", "0ms", "--warm-up", "60s"];

describe("a run that goes wrong while it warms up", () => {
  it.each(["server", "generator"] as const)(
    "fails the cell and ends when its %s is killed",
    async (victim) => {
      const run = bench(...warming, "--out", out);
      const workers = await workersOf(run.child.pid as number);
      process.kill(workers[victim], "SIGKILL");
      const { code, stderr } = await run.ended;
      expect(stderr).not.toMatch(/\n\s+at /);
      expect(code).toBe(1);
      const { info, results } = await readRun(out);
      expect(info.exit).toBe("completed");
      expect(results).toMatchObject([{ status: "failed", reason: expect.stringContaining("SIGKILL") }]);
      await gone(Object.values(workers));
    },
    60_000,
  );

  it("ends in order on Ctrl-C", async () => {
    const run = bench(...warming, "--out", out);
    const workers = await workersOf(run.child.pid as number);
    run.child.kill("SIGINT");
    const { code, stderr } = await run.ended;
    expect(stderr).not.toMatch(/\n\s+at /);
    expect(code).toBe(130);
    expect((await readRun(out)).info.exit).toBe("interrupted");
    await gone(Object.values(workers));
  }, 60_000);

  it("leaves no process on a second Ctrl-C, not even one that is stopped", async () => {
    const run = bench(...warming, "--out", out);
    const workers = await workersOf(run.child.pid as number);
    try {
      process.kill(workers.server, "SIGSTOP");
      run.child.kill("SIGINT");
      await run.says(/interrupted.*again to end at once/);
      run.child.kill("SIGINT");
      expect((await run.ended).code).toBe(130);
      await gone(Object.values(workers));
    } finally {
      for (const pid of Object.values(workers)) killed(pid);
    }
  }, 60_000);

  it("ends in order on Ctrl-C while it finds a ceiling", async () => {
    const run = bench(...one, "--ceiling", "60s", "--out", out);
    await run.says(/ceiling: HTTP/);
    const children = await startedBy(run.child.pid as number, 2);
    run.child.kill("SIGINT");
    const { code, stderr } = await run.ended;
    expect(stderr).not.toMatch(/\n\s+at /);
    expect(code).toBe(130);
    const { info, results } = await readRun(out);
    expect(info).toMatchObject({ exit: "interrupted", ceilings: [] });
    expect(results).toEqual([]);
    await gone(children);
  }, 60_000);

  it("does not wait for a server that has stopped answering", async () => {
    const short = ["--warm-up", "1s", "--duration", "1s", "--timeout", "1s", "--out", out];
    const run = bench(...warming.slice(0, -2), ...short);
    const workers = await workersOf(run.child.pid as number);
    process.kill(workers.server, "SIGSTOP");
    const { code } = await run.ended;
    expect(code).toBe(1);
    expect((await readRun(out)).results).toMatchObject([{ status: "failed" }]);
    await gone(Object.values(workers));
  }, 90_000);

  it("does not wait for a target that never answers either, on Ctrl-C", async () => {
    const silent = createTcpServer().listen(0, "127.0.0.1");
    await once(silent, "listening");
    const target = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`;
    const sockets: Socket[] = [];
    silent.on("connection", (socket) => sockets.push(socket.on("error", () => undefined)));
    const run = bench(...warming, "--target", target, "--out", out);
    await once(silent, "connection");
    run.child.kill("SIGINT");
    expect((await run.ended).code).toBe(130);
    for (const socket of sockets) socket.destroy();
    silent.close();
  }, 60_000);
});

/** Nothing of a test that failed stays behind. */
function killed(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It has ended.
  }
}
