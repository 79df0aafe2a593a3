import { Agents } from "@apb/reference-servers/agents/agents";
import { type Listening, listen } from "@apb/reference-servers/listen";
import { conformanceDoor } from "@apb/reference-servers/mcp/conformance/door";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { revisions } from "./scenario-sets.ts";
import { callTools } from "./tool-calls.ts";

const { binding } = conformanceDoor;
let server: Listening;
let url: string;
beforeAll(async () => {
  const place = { bindings: [binding], port: 0, host: "loopback", agents: new Agents(), doors: [conformanceDoor] };
  server = await listen(place);
  url = server.urls[binding] as string;
});
afterAll(() => server[Symbol.asyncDispose]());

describe.each(revisions)("MCP %s", (revision) => {
  it.each(["wire", "library"] as const)("calls tools through the %s client", async (client) => {
    const options = { client, signal: AbortSignal.timeout(10_000) };
    // The first is refused without its header, by the revision that has such headers.
    const calls = [
      { name: "test_header_parameter", arguments: { region: " 서울" } },
      { name: "test_simple_text", arguments: {} },
    ];
    await expect(callTools(url, revision, calls, options)).resolves.toBeUndefined();
    const unknown = [{ name: "no", arguments: {} }];
    await expect(callTools(url, revision, unknown, options)).rejects.toMatchObject({ kind: "unknown-agent" });
  });
});
