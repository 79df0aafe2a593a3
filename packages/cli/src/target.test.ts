import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readRun } from "@apb/report/read";
import { startServer } from "@apb/runner/server";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { files } from "./catalog.ts";
import { bench, tiny } from "./testing/bench-process.ts";

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
