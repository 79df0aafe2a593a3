import { existsSync } from "node:fs";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { createServer, request as httpRequest, type Server } from "node:http";
import { type AddressInfo, createServer as createTcpServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readRun } from "@apb/report/read";
import { startGenerator } from "@apb/runner/generator-process";
import { startServer } from "@apb/runner/server";
import { loopback } from "@apb/wire/testing/loopback";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { files } from "./catalog.ts";
import { bench, builtServer, tiny } from "./testing/bench-process.ts";

let folder = "";
let out = "";

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "bench-test-"));
  out = join(folder, "run");
});

afterEach(() => rm(folder, { recursive: true, force: true }));

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

  it.each(["mcp/jsonrpc", "a2a/rest", "acp/rest", "a2a/grpc", "agp/grpc", "acp/websocket"])(
    "that does not speak %s is refused with what was expected, before anything is measured",
    async (binding) => {
      const only = ["--binding", binding, "--scenario", "workflow", "--out", out];
      const { code, stdout, stderr } = await bench("run", ...tiny, ...only, "--target", `http://127.0.0.1:${port}`)
        .ended;
      expect(code).toBe(1);
      expect(stderr).toMatch(
        /^error: --target \S+ does not (speak|answer as) .*\(expected .*\); correct --target.*\n$/,
      );
      expect(stdout).toBe("");
      expect(existsSync(out)).toBe(false);
    },
    60_000,
  );

  it.each(["run", "verify"])("and does not listen is named by bench %s, in one sentence", async (command) => {
    server.close();
    const only = ["--binding", "mcp/jsonrpc", ...(command === "run" ? ["--ceiling", "60s", "--out", out] : [])];
    const { code, stdout, stderr } = await bench(command, ...only, "--target", `http://127.0.0.1:${port}/mcp`).ended;
    expect(code).toBe(1);
    expect(stderr).toMatch(/^error: --target \S+ cannot be reached \(.*ECONNREFUSED.*\); .*\n$/);
    expect(stdout).not.toContain("ECONNREFUSED");
    expect(existsSync(out)).toBe(false);
  });

  it("but speaks the protocol is measured, with its memory when --pid is given", async () => {
    const bindings = ["acp/rest"];
    await using own = await startServer({ file: builtServer, bindings, port: 0, delayMs: 0, workMs: 0 });
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

describe("a target with credentials in its URL", () => {
  const encoded = (password: string): string => Buffer.from(`user:${password}`).toString("base64");

  /** Passes on who brings the header and the token, and repeats to the others all that they brought. */
  function guarding(behind: URL): Server {
    return createServer((request, response) => {
      const { method, headers, url = "" } = request;
      if (headers.authorization !== `Basic ${encoded("t0psecret")}` || !url.includes("token=als0secret"))
        return response.writeHead(500).end(`no ${url} for ${headers.authorization}`);
      const options = { host: behind.hostname, port: behind.port, path: url, method, headers };
      const onward = httpRequest(options, (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(response);
      });
      request.pipe(onward.on("error", () => response.destroy()));
    });
  }

  it("is asked with them, and they are neither stored nor printed, whether it goes well or not", async () => {
    const bindings = ["acp/rest"];
    await using own = await startServer({ file: builtServer, bindings, port: 0, delayMs: 0, workMs: 0 });
    await using guard = await loopback(guarding(new URL(own.urls["acp/rest"] as string)));
    for (const [password, code] of [
      ["t0psecret", 0],
      ["not-t0psecret", 1],
    ] as const) {
      const target = `http://user:${password}@${guard.url.host}/?token=als0secret`;
      const only = ["--binding", "acp/rest", "--scenario", "workflow", "--target", target];
      const run = await bench("run", ...tiny, ...only, "--out", `${out}${code}`).ended;
      expect(run.code).toBe(code);
      const stored = code === 0 ? await readdir(`${out}${code}`) : [];
      const texts = await Promise.all(stored.map((file) => readFile(join(`${out}${code}`, file), "utf8")));
      const verified = await bench("verify", "--binding", "acp/rest", "--target", target).ended;
      expect(verified.code).toBe(code);
      const said = [...texts, run.stdout, run.stderr, verified.stdout, verified.stderr].join("\n");
      for (const secret of [password, "als0secret", encoded(password)]) expect(said).not.toContain(secret);
      // A server that does not let us in is told before there is a run.
      if (code === 0)
        expect((await readRun(`${out}${code}`)).info.selection.target).toBe(`http://***@${guard.url.host}/?token=***`);
    }
  }, 60_000);
});

describe("a target that falls silent", () => {
  it("is waited for by the checks no longer than --timeout", async () => {
    await using silent = await loopback(createTcpServer());
    await using generator = startGenerator(files.generator);
    const target = { binding: "mcp/jsonrpc", url: silent.url.href, client: "wire", timeoutMs: 50 } as const;
    const [first] = await generator.verify(target);
    expect(first).toMatchObject({ status: "failed", reason: "[timeout] expected an answer within 50 ms, got none" });
  });
});
