import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readRun } from "@apb/report/read";
import { startServer } from "@apb/runner/server";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { defaultBindings, files } from "./catalog.ts";
import { bench, builtServer, tiny } from "./testing/bench-process.ts";

let folder = "";
let out = "";

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "bench-test-"));
  out = join(folder, "run");
});

afterEach(() => rm(folder, { recursive: true, force: true }));

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
    const few = ["--profile", "smoke", "--duration", "100ms", "--warm-up", "10ms", "--ceiling", "0ms"];
    const { code, stdout } = await bench("run", ...few, ...open, "--format", "json", "--out", out).ended;
    expect(code).toBe(0);
    expect(stdout).toContain('"agp/grpc"');
    const { results } = await readRun(out);
    expect(results).toHaveLength(1);
    expect(results[0]).toMatchObject({ status: "measured", load: { model: "open", perSecond: 200, vus: null } });
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
});

describe("stored runs", () => {
  const bindings = ["mcp/jsonrpc", "acp/rest"];
  let stored = "";
  let printed = "";
  const run = (n: number): Promise<{ code: number | null; stdout: string; stderr: string }> =>
    bench(
      ...["run", ...tiny, "--binding", bindings[n] ?? "", "--scenario", "workflow", "--out", `${stored}/${n}`],
      ...["--csv", `${stored}/first${n}`],
    ).ended;

  beforeAll(async () => {
    stored = await mkdtemp(join(tmpdir(), "bench-test-"));
    for (const n of bindings.keys()) {
      const { code, stdout } = await run(n);
      expect(code).toBe(0);
      if (n === 0) printed = stdout;
    }
  }, 60_000);
  afterAll(() => rm(stored, { recursive: true, force: true }));

  it("are printed again exactly as they were printed, with the same files of Locust's", async () => {
    expect(printed).toContain(bindings[0]);
    expect((await bench("report", `${stored}/0`, "--csv", `${stored}/new/again`).ended).stdout).toBe(printed);
    for (const ending of ["_stats.csv", "_stats_history.csv", "_failures.csv", "_exceptions.csv"]) {
      const written = await readFile(`${stored}/first0${ending}`, "utf8");
      expect(await readFile(`${stored}/new/again${ending}`, "utf8")).toBe(written);
      if (ending === "_stats.csv") expect(written).toMatch(/^mcp\/jsonrpc,workflow\/.*,\d+,0,.*\n,Aggregated,.*\n$/m);
    }
  });

  it("of different bindings are printed as one table, and no two of one", async () => {
    const both = await bench("report", `${stored}/1`, `${stored}/0`, "--format", "csv").ended;
    expect(both.code).toBe(0);
    for (const binding of bindings) expect(both.stdout).toContain(binding);
    const twice = await bench("report", `${stored}/0`, `${stored}/0`).ended;
    expect(twice).toMatchObject({ code: 2, stdout: "", stderr: expect.stringContaining("put them to bench compare") });
  });

  it("are not written over", async () => {
    const { code, stderr } = await run(0);
    expect(code).toBe(2);
    expect(stderr).toContain("name another folder");
  });

  it("can have a reader that leaves, which is no failure", async () => {
    const report = bench("report", `${stored}/0`, "--format", "json");
    report.child.stdout?.destroy();
    const { code, stderr } = await report.ended;
    expect(stderr).toBe("");
    expect(code).toBe(0);
  });
});

describe("wrong input", () => {
  it.each<[name: string, args: string[], sentence: RegExp]>([
    ["an unknown flag", ["--protocl", "agp"], /unknown option '--protocl'/],
    ["an unknown command", ["measure"], /measure is no command; expected run, check, list/],
    ["a bad size", ["--size", "10 parsecs"], /'--size <sizes>'.*Expected a size from 1B to 2MiB/],
    ["a bad duration", ["--duration", "5"], /Expected a duration up to 1h with its unit/],
    ["an unknown binding", ["--binding", "mcp/grpc"], /--binding mcp\/grpc is not known; expected all, mcp\/jsonrpc/],
    ["a bad URL", ["--target", "ftp://x"], /Expected a URL like/],
    ["a target for five bindings", ["--target", "http://localhost:1"], /--target is one server/],
    ["a server of no kind", ["--server", "nginx"], /Expected reference, sdk, both/],
    ["a kind of ours for a target", ["--server", "sdk", "--target", "http://localhost:1"], /--target is none of them/],
    ["a delay of a target's", ["--target", "localhost:1", "--delay", "1ms"], /--delay and --work are for the bundled/],
    ["work of a target's", ["--target", "localhost:1", "--work", "1ms"], /--delay and --work are for the bundled/],
    ["a file to store a run in", ["--out", join(files.root, "LICENSE")], /LICENSE is a file, expected a folder; name/],
    ["a run below a file", ["--out", join(files.root, "LICENSE/run")], /LICENSE is a file, expected a folder; name/],
    ["a URL of no use, without its password", ["--target", "ftp://user:secret@x"], /'ftp:\/\/\*\*\*@x' is invalid/],
    [
      "a variable that is none, without its value",
      ["--serve-env", "t0ps3cret"],
      /argument '\*\*\*' is invalid. Expected/,
    ],
    ["serving what no SDK serves", ["serve", "--server", "sdk", "acp/rest"], /acp\/rest cannot be served \(sdk\): ACP/],
    [
      "serving what has no port",
      ["serve", "bare/http"],
      /bare\/http cannot be served .*: it has no usual port; expected/,
    ],
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
    expect(stdout).toMatch(/mcp\/jsonrpc has no start: \w+/);
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
    await using first = await startServer({ file: builtServer, bindings, port: 0, delayMs: 0, workMs: 0 });
    const port = Number(new URL(first.urls["mcp/jsonrpc"] as string).port);
    const second = startServer({ file: builtServer, bindings, port, delayMs: 0, workMs: 0 });
    await expect(second).rejects.toThrow(/\[environment\] the server cannot start: .*EADDRINUSE/);
  });
});
