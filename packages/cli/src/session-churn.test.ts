import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readRun } from "@apb/report/read";
import { afterEach, beforeEach, expect, it } from "vitest";
import { bench } from "./testing/bench-process.ts";

let folder = "";

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "bench-test-"));
});

afterEach(() => rm(folder, { recursive: true, force: true }));

/** A server of MCP 2025-11-25 that forgets a session only when it is told to, and counts them. */
function countingServer() {
  const sessions = { open: new Set<string>(), begun: 0, most: 0 };
  const begin = (): string => {
    const id = `s${sessions.begun++}`;
    sessions.open.add(id);
    sessions.most = Math.max(sessions.most, sessions.open.size);
    return id;
  };
  const server = createServer(async (request, response) => {
    const message = await bodyOf(request);
    const id = String(request.headers["mcp-session-id"]);
    if (message?.method === "initialize") {
      const serverInfo = { name: "counting", version: "1" };
      response.setHeader("mcp-session-id", begin());
      answer(response, message.id, { protocolVersion: "2025-11-25", capabilities: { tools: {} }, serverInfo });
    } else if (!sessions.open.has(id)) response.writeHead(404).end();
    else if (request.method === "DELETE") {
      sessions.open.delete(id);
      response.writeHead(200).end();
    } else if (message?.method === "tools/call") {
      answer(response, message.id, { content: [{ type: "text", text: message.params?.arguments?.text ?? "" }] });
    } else if (message?.method === "tools/list") answer(response, message.id, { tools: [{ name: "echo" }] });
    else response.writeHead(202).end();
  });
  return { server, sessions };
}

interface Asked {
  readonly id?: number;
  readonly method?: string;
  readonly params?: { readonly arguments?: { readonly text?: string } };
}

async function bodyOf(request: IncomingMessage): Promise<Asked | null> {
  let text = "";
  for await (const chunk of request) text += chunk;
  return text === "" ? null : JSON.parse(text);
}

function answer(response: ServerResponse, id: number | undefined, result: object): void {
  response.setHeader("content-type", "application/json");
  response.end(JSON.stringify({ jsonrpc: "2.0", id, result }));
}

it("opens sessions that it closes or leaves until the cell is over, and ends every one at the server", async () => {
  const { server, sessions } = countingServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    const out = join(folder, "run");
    const target = `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`;
    const flags = ["--binding", "mcp/jsonrpc@2025-11-25", "--target", target, "--scenario", "session-churn"];
    const load = ["--rate", "200", "--duration", "600ms", "--connections", "3", "--out", out];
    const { stdout } = await bench("run", "--profile", "smoke", "--ceiling", "0ms", ...flags, ...load).ended;
    expect(stdout).toMatch(/close never +mcp\/jsonrpc@2025-11-25/);

    const run = await readRun(out);
    const cells = run.results.flatMap((result) => (result.status === "measured" ? [result] : []));
    expect(cells.map(({ cell }) => cell.case.close).sort()).toEqual(["never", "properly"]);
    for (const { cell, opened, steps, connections, verdict, wire, workloads } of cells) {
      const count = steps.open?.count ?? 0;
      expect(opened?.left).toBe(cell.case.close === "never" ? count : 0);
      expect(steps.close?.count).toBe(cell.case.close === "never" ? undefined : count);
      expect(steps.first_call?.count).toBe(count);
      expect(workloads.churn).toMatchObject({ begun: 120, dropped: 0, interrupted: 0 });
      // The idle one of each place and that of each user; what iterations open is no connection lost.
      expect(connections).toEqual({ asked: 8, held: 8, failures: {} });
      expect(
        verdict.findings.filter(({ kind }) => ["errors", "lossy", "impossible", "unequal"].includes(kind)),
      ).toEqual([]);
      expect(wire?.bodyBytes).toBe((wire?.operations ?? 0) * 2 * 1024);
    }
    expect(sessions.open.size).toBe(0);
    expect(sessions.most).toBeGreaterThanOrEqual(120 + 8);
  } finally {
    server.closeAllConnections();
    server.close();
  }
});
