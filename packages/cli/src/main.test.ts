import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import { type AddressInfo, createServer as createTcpServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readRun } from "@apb/report/read";
import { startServer } from "@apb/runner/server";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { bench, childrenOf, gone, startedBy, workersOf } from "./bench-process.ts";
import { defaultBindings, files } from "./catalog.ts";

let folder = "";
let out = "";

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "bench-test-"));
  out = join(folder, "run");
});

afterEach(() => rm(folder, { recursive: true, force: true }));

/** Small enough for a test, and ended by counting, not by the clock; nothing is concluded from its numbers. */
const tiny = [
  ...["--profile", "smoke", "--ceiling", "0ms"],
  ...["--duration", "30s", "--iterations", "100", "--warm-up", "10ms"],
];

describe("bench run", () => {
  it("measures the default rows in every scenario, stores them, prints them, and leaves no process", async () => {
    const { code, stdout, stderr } = await bench(...tiny, "--out", out).ended;
    expect(stderr).toContain("stored in");
    expect(code).toBe(0);
    const { info, results } = await readRun(out);
    expect(info).toMatchObject({ exit: "completed", profile: { name: "smoke" } });
    expect(results.filter(({ status }) => status !== "measured")).toEqual([]);
    for (const binding of defaultBindings) {
      const mine = results.filter(({ cell }) => cell.binding === binding);
      expect(mine.map(({ cell }) => cell.scenario).sort()).toEqual([
        ...["concurrency-ladder", "concurrency-ladder", "message-size", "message-size", "message-size", "workflow"],
      ]);
      expect(stdout).toContain(binding);
    }
    for (const result of results) {
      if (result.status === "measured") expect(result.steps.total?.failures).toEqual({});
    }
    expect(await readFile(join(out, "report.md"), "utf8")).toContain("agp/grpc");
  }, 120_000);

  it("measures one protocol alone, in an open load, as JSON", async () => {
    const open = ["--protocol", "agp", "--scenario", "message-size", "--size", "1KiB", "--rate", "200"];
    const { code, stdout } = await bench("run", ...tiny, ...open, "--format", "json", "--out", out).ended;
    expect(code).toBe(0);
    expect(stdout).toContain('"agp/grpc"');
    const { results } = await readRun(out);
    expect(results).toHaveLength(1);
    expect(results[0]).toMatchObject({ status: "measured", load: { model: "open", perSecond: 200, users: null } });
  }, 60_000);

  it("finds the ceilings of its client first, stores them, and names them under the table", async () => {
    const found = ["--binding", "acp/websocket", "--scenario", "workflow", "--client", "both", "--ceiling", "60ms"];
    const { code, stdout, stderr } = await bench("run", ...tiny, ...found, "--out", out).ended;
    expect(code).toBe(0);
    expect(stderr).toMatch(/finding .* ceiling: WebSocket, wire\n.* ceiling: WebSocket, library\n\[1\/2/);
    const { ceilings } = (await readRun(out)).info;
    const named = { transport: "WebSocket", users: 10, sizeBytes: 1024 };
    expect(ceilings).toMatchObject([
      { ...named, client: "wire" },
      { ...named, client: "library" },
    ]);
    for (const { operationsPerSecond, missing } of ceilings ?? [])
      expect([operationsPerSecond, missing]).toContain(null);
    expect(stdout).toContain("This client's ceiling on this machine (one process");
  }, 60_000);

  it("measures both servers of a binding side by side, with what the SDK costs, and the hole where there is none", async () => {
    const both = ["--server", "both", "--binding", "agp/grpc,acp/rest", "--scenario", "message-size", "--size", "1KiB"];
    const { code, stdout } = await bench("run", ...tiny, ...both, "--out", out).ended;
    expect(code).toBe(0);
    const { info, results } = await readRun(out);
    expect(info.selection.servers).toEqual(["reference", "sdk"]);
    expect(info.sdks).toEqual({ "agp/grpc": expect.stringMatching(/^@grpc\/grpc-js \d/) });
    expect(results.map(({ cell, status }) => `${cell.binding} ${cell.server} ${status}`).sort()).toEqual([
      "acp/rest reference measured",
      "acp/rest sdk not-applicable",
      "agp/grpc reference measured",
      "agp/grpc sdk measured",
    ]);
    expect(stdout).toContain("What the SDK costs");
  }, 60_000);

  it("prints a stored run again exactly as it printed it", async () => {
    const one = ["--binding", "mcp/jsonrpc", "--scenario", "workflow"];
    const first = await bench("run", ...tiny, ...one, "--out", out).ended;
    const again = await bench("report", out).ended;
    expect(again.stdout).toBe(first.stdout);
  }, 60_000);

  it("refuses to write into a folder that holds a run", async () => {
    const one = ["--binding", "mcp/jsonrpc", "--scenario", "workflow"];
    expect((await bench("run", ...tiny, ...one, "--out", out).ended).code).toBe(0);
    const { code, stderr } = await bench("run", ...tiny, ...one, "--out", out).ended;
    expect(code).toBe(2);
    expect(stderr).toContain("name another folder");
  }, 60_000);
});

describe("a run that goes wrong", () => {
  const long = [
    "--profile",
    "smoke",
    "--binding",
    "mcp/jsonrpc,acp/rest",
    "--scenario",
    "message-size",
    "--duration",
    "300ms",
    "--ceiling",
    "0ms",
  ];

  it("loses one cell, not the run, when its server dies", async () => {
    const run = bench("run", ...long, "--out", out);
    await run.says(/\[1\/6/);
    const children = await childrenOf(run.child.pid as number);
    const [server] = [...children].find(([, command]) => command.includes("reference-servers")) ?? [];
    process.kill(server as number, "SIGKILL");
    const { code, stdout, stderr } = await run.ended;
    expect(code).toBe(1);
    expect(stderr).toMatch(/failed: .*the server ended.*SIGKILL/);
    expect(stdout).toContain("SIGKILL");
    const { results, info } = await readRun(out);
    expect(results).toHaveLength(6);
    expect(results.filter(({ status }) => status === "measured")).toHaveLength(5);
    expect(info.exit).toBe("completed");
    await gone(children.keys());
  }, 60_000);

  it("keeps what was measured on Ctrl-C, says so, and ends its processes", async () => {
    const run = bench("run", ...long, "--rounds", "50", "--out", out);
    await run.says(/\[2\/300/);
    const children = await childrenOf(run.child.pid as number);
    expect(children.size).toBeGreaterThanOrEqual(2);
    run.child.kill("SIGINT");
    const { code, stdout, stderr } = await run.ended;
    expect(code).toBe(130);
    expect(stderr).toContain("interrupted");
    expect(stdout).toContain("message-size");
    const { info, results } = await readRun(out);
    expect(info.exit).toBe("interrupted");
    expect(results.length).toBeGreaterThanOrEqual(2);
    await gone(children.keys());
  }, 60_000);

  it("leaves no process when it is killed outright", async () => {
    const run = bench("run", ...long, "--rounds", "50", "--out", out);
    await run.says(/\[1\/300/);
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

describe("a reader that leaves", () => {
  it("is no failure", async () => {
    const one = ["--binding", "mcp/jsonrpc", "--scenario", "workflow"];
    await bench("run", ...tiny, ...one, "--out", out).ended;
    const report = bench("report", out, "--format", "json");
    report.child.stdout?.destroy();
    const { code, stderr } = await report.ended;
    expect(stderr).toBe("");
    expect(code).toBe(0);
  }, 60_000);
});

describe("a target that is not ours", () => {
  let server: Server;
  let port = 0;

  beforeEach(async () => {
    server = createServer((_request, response) => response.end("hello")).listen(0, "127.0.0.1");
    await new Promise((resolve) => server.once("listening", resolve));
    port = (server.address() as AddressInfo).port;
  });

  afterEach(() => {
    server.closeAllConnections();
    server.close();
  });

  it.each(["mcp/jsonrpc", "a2a/rest", "a2a/grpc", "agp/grpc", "acp/rest", "acp/websocket"])(
    "that does not speak %s is refused with what was expected",
    async (binding) => {
      const only = ["--binding", binding, "--scenario", "workflow", "--out", out];
      const { code, stdout } = await bench("run", ...tiny, ...only, "--target", `http://127.0.0.1:${port}`).ended;
      expect(code).toBe(1);
      expect(stdout).toMatch(/checks failed before timing|\[protocol\] expected/);
    },
    60_000,
  );

  it("and does not listen is named", async () => {
    server.close();
    const only = ["--binding", "mcp/jsonrpc", "--scenario", "workflow", "--out", out];
    const { code, stdout } = await bench("run", ...tiny, ...only, "--target", `http://127.0.0.1:${port}/mcp`).ended;
    expect(code).toBe(1);
    expect(stdout).toContain("ECONNREFUSED");
  }, 60_000);

  it("but speaks the protocol is measured, with its memory when --pid is given", async () => {
    const bindings = ["acp/rest"];
    await using own = await startServer({ file: files.server, bindings, port: 0, delayMs: 0, workMs: 0 });
    const only = ["--binding", "acp/rest", "--scenario", "workflow", "--target", own.urls["acp/rest"] as string];
    await bench("run", ...tiny, ...only, "--out", out).ended;
    const [unknown] = (await readRun(out)).results;
    expect(unknown).toMatchObject({ status: "measured", cell: { server: "external" }, server: null });
    expect(unknown).toMatchObject({ missing: { server: expect.stringContaining("--pid") } });
    await bench("run", ...tiny, ...only, "--out", `${out}2`, "--pid", String(own.pid)).ended;
    const [known] = (await readRun(`${out}2`)).results;
    expect(known).toMatchObject({ status: "measured", server: { rssPeakBytes: expect.any(Number) } });
  }, 60_000);
});

describe("wrong input", () => {
  it.each<[name: string, args: string[], sentence: RegExp]>([
    ["an unknown flag", ["--protocl", "agp"], /unknown option '--protocl'/],
    ["an unknown command", ["measure"], /measure is no command; expected run, list/],
    ["a bad size", ["--size", "10 parsecs"], /'--size <sizes>'.*Expected a size from 1B to 2MiB/],
    ["a bad duration", ["--duration", "5"], /Expected a duration up to 1h with its unit/],
    ["an unknown binding", ["--binding", "mcp/grpc"], /--binding mcp\/grpc is not known; expected all, mcp\/jsonrpc/],
    ["a bad URL", ["--target", "ftp://x"], /Expected a URL like/],
    ["a target for five bindings", ["--target", "http://localhost:1"], /--target is one server/],
    ["a server of no kind", ["--server", "nginx"], /Expected reference, sdk, both/],
    ["a kind of ours for a target", ["--server", "sdk", "--target", "http://localhost:1"], /--target is none of them/],
    ["serving what no SDK serves", ["serve", "--server", "sdk", "acp/rest"], /acp\/rest cannot be served \(sdk\): ACP/],
    [
      "serving what nobody knows",
      ["serve", "x/y"],
      /x\/y cannot be served \(reference\): it is not known; expected mcp/,
    ],
    ["a baseline that is no run", ["--baseline", "no-such-folder"], /no-such-folder/],
    ["a run that is none", ["report", "no-such-folder"], /no-such-folder/],
    ["a client that is not there yet", ["--client", "carrier-pigeon"], /Expected wire, library, both/],
  ])("%s ends with exit 2 and one sentence", async (_name, args, sentence) => {
    const { code, stdout, stderr } = await bench(...args).ended;
    expect(stderr).toMatch(sentence);
    expect(stderr).not.toMatch(/\n\s+at /);
    expect(stdout).toBe("");
    expect(code).toBe(2);
  });
});

describe("the other commands", () => {
  it("list shows every hole with a reason", async () => {
    const { code, stdout } = await bench("list").ended;
    expect(code).toBe(0);
    expect(stdout).toMatch(/mcp\/jsonrpc has no stream: \w+/);
    expect(stdout).toMatch(/acp\/rest has no sdk server: \w+/);
    expect(stdout).toMatch(/agp\/grpc +@grpc\/grpc-js \d/);
    expect(stdout).not.toContain("undefined");
  });

  it("doctor looks at the machine", async () => {
    const { code, stdout } = await bench("doctor").ended;
    expect(code).toBe(0);
    expect(stdout).toMatch(/open files/);
  });

  it("verify shows each check of a binding", async () => {
    const { code, stdout } = await bench("verify", "--binding", "a2a/rest").ended;
    expect(code).toBe(0);
    expect(stdout).toContain("passed   echoes a plain body byte for byte");
  });

  it("--help names every command", async () => {
    const { code, stdout } = await bench("--help").ended;
    expect(code).toBe(0);
    for (const name of ["run", "list", "verify", "serve", "report", "compare", "doctor"])
      expect(stdout).toContain(name);
  });
});

describe("bench serve", () => {
  it("names the port that is taken, and ends what it had started", async () => {
    const taken = createServer().listen(50_051, "127.0.0.1");
    // Should somebody else have the port already, that is as good.
    await new Promise((resolve) => taken.once("listening", resolve).once("error", resolve));
    const { code, stderr } = await bench("serve", "agp/grpc").ended;
    taken.close();
    expect(stderr).toMatch(/error: port 50051 \(agp\/grpc\): .*EADDRINUSE.*; free the port, or serve other bindings/);
    expect(code).toBe(1);
  });
});

describe("a server process", () => {
  it("that finds its port taken says so and ends", async () => {
    const bindings = ["mcp/jsonrpc"];
    await using first = await startServer({ file: files.server, bindings, port: 0, delayMs: 0, workMs: 0 });
    const port = Number(new URL(first.urls["mcp/jsonrpc"] as string).port);
    const second = startServer({ file: files.server, bindings, port, delayMs: 0, workMs: 0 });
    await expect(second).rejects.toThrow(/\[environment\] the server cannot start: .*EADDRINUSE/);
  });
});
