import { Client, type ClientOptions, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { Agents } from "../../agents/agents.ts";
import { type Listening, listen } from "../../listen.ts";
import { conformanceDoor } from "./door.ts";

let server: Listening;
beforeAll(async () => {
  const { binding } = conformanceDoor;
  server = await listen({
    bindings: [binding],
    port: 0,
    host: "loopback",
    agents: new Agents(),
    doors: [conformanceDoor],
  });
});
afterAll(() => server[Symbol.asyncDispose]());

const open: Client[] = [];
afterEach(() => Promise.all(open.splice(0).map((client) => client.close())));

/** A client of 2025-11-25, as the official one is by default. */
async function connect(capabilities: ClientOptions["capabilities"] = {}, prepare: (client: Client) => void = () => {}) {
  const client = new Client({ name: "test", version: "1.0.0" }, { capabilities });
  prepare(client);
  open.push(client);
  await client.connect(new StreamableHTTPClientTransport(new URL(server.urls[conformanceDoor.binding] as string)));
  return client;
}

const said = (text: string): object => ({ content: [{ type: "text", text }] });

it.each<[string, object, object]>([
  ["test_simple_text", {}, said("This is a simple text response for testing.")],
  ["test_header_parameter", { region: "eu" }, said("eu")],
  ["test_error_handling", {}, { ...said("This tool intentionally returns an error for testing"), isError: true }],
  ["test_sampling", { prompt: "go on" }, { ...said("this client does not offer sampling"), isError: true }],
])("answers %s", async (name, args, result) => {
  const client = await connect();
  expect(client.getNegotiatedProtocolVersion()).toBe("2025-11-25");
  expect(await client.callTool({ name, arguments: { ...args } })).toEqual(result);
});

it("asks the client's model and its user", async () => {
  const asked: unknown[] = [];
  const client = await connect({ sampling: {}, elicitation: {} }, (fresh) => {
    fresh.setRequestHandler("sampling/createMessage", ({ params }) => {
      asked.push(params.messages);
      return { role: "assistant", content: { type: "text", text: "Paris" }, model: "none" };
    });
    fresh.setRequestHandler("elicitation/create", ({ params }) => {
      asked.push(params.message);
      return { action: "decline" };
    });
  });
  const sampled = await client.callTool({ name: "test_sampling", arguments: { prompt: "Capital?" } });
  expect(sampled.content).toMatchObject([{ text: expect.stringContaining('"text":"Paris"') }]);
  const elicited = await client.callTool({ name: "test_elicitation", arguments: { message: "Who?" } });
  expect(elicited).toEqual(said('The client answers: {"action":"decline"}'));
  expect(asked).toEqual([[{ role: "user", content: { type: "text", text: "Capital?" } }], "Who?"]);
});

it("logs what the session wants to hear", async () => {
  const heard: unknown[] = [];
  const client = await connect({}, (fresh) => {
    fresh.setNotificationHandler("notifications/message", ({ params }) => void heard.push(params.data));
  });
  await client.setLoggingLevel("error");
  await client.callTool({ name: "test_tool_with_logging" });
  expect(heard).toEqual([]);
  await client.setLoggingLevel("debug");
  await client.callTool({ name: "test_tool_with_logging" });
  expect(heard).toEqual(["Tool execution started", "Tool processing data", "Tool execution completed"]);
});

it("says that a watched resource has changed, until it is watched no longer", async () => {
  const heard: unknown[] = [];
  const client = await connect({}, (fresh) => {
    fresh.setNotificationHandler("notifications/resources/updated", ({ params }) => void heard.push(params.uri));
  });
  const uri = "test://watched-resource";
  const touch = () => client.callTool({ name: "test_trigger_resource_update" });
  await client.subscribeResource({ uri });
  expect(await touch()).toEqual(said("The notification is sent."));
  await client.unsubscribeResource({ uri });
  expect(await touch()).toEqual(said("The resource is not watched."));
  expect(heard).toEqual([uri]);
});

it.each<[string, (client: Client) => Promise<unknown>, string]>([
  ["an unknown tool", (client) => client.callTool({ name: "no" }), "Unknown tool: no"],
  ["an unknown prompt", (client) => client.getPrompt({ name: "no" }), "Unknown prompt: no"],
  ["an unknown resource", (client) => client.readResource({ uri: "test://no" }), "Resource not found"],
  ["watching an unknown resource", (client) => client.subscribeResource({ uri: "test://no" }), "Resource not found"],
])("refuses %s", async (_title, act, message) => {
  await expect(act(await connect())).rejects.toMatchObject({ message });
});
