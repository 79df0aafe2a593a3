import {
  AgentCard,
  CancelTaskRequest,
  GetTaskRequest,
  ListTasksRequest,
  type Message,
  type Part,
  SendMessageRequest,
  type StreamResponse,
  type Task,
  TaskState,
} from "@a2a-js/sdk";
import {
  type Client,
  ClientFactory,
  JsonRpcTransportFactory,
  RestTransportFactory,
  ServiceParameters,
  type TransportFactory,
  withA2AExtensions,
  withA2AVersion,
} from "@a2a-js/sdk/client";
import { GrpcTransportFactory } from "@a2a-js/sdk/client/grpc";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Agents } from "../agents/agents.ts";
import { type Transport, transports } from "../testing/a2a/outcome.ts";
import { openProbe, type Probe } from "../testing/a2a/probe.ts";

const agents = new Agents();
let probe: Probe;
beforeAll(async () => {
  probe = await openProbe(agents);
});
afterAll(() => probe[Symbol.asyncDispose]());

const factories: Readonly<Record<Transport, TransportFactory>> = {
  rest: new RestTransportFactory(),
  jsonrpc: new JsonRpcTransportFactory(),
  grpc: new GrpcTransportFactory(),
};

async function cardOf(transport: Transport, agent: string): Promise<object> {
  if (transport !== "grpc")
    return (await fetch(`${probe.origin}/agents/${agent}/.well-known/agent-card.json`)).json() as Promise<object>;
  return (await probe.call("grpc", "GetExtendedAgentCard", {}, agent)).answer as object;
}

/** A client made from the agent's card. It keeps requests to itself that are in vain: here the server is to say so. */
async function connect(transport: Transport, agent: string): Promise<Client> {
  const capabilities = { streaming: true, pushNotifications: true, extendedAgentCard: true };
  const card = AgentCard.fromJSON({ ...(await cardOf(transport, agent)), capabilities });
  return new ClientFactory({ transports: [factories[transport]] }).createFromAgentCard(card);
}

const endless = '{"chunks":7200,"intervalMs":1000}';
const nobody = { id: "00000000-0000-4000-8000-000000000000" };

function request(text: string, more: object = {}): SendMessageRequest {
  return SendMessageRequest.fromJSON({ message: { messageId: "m1", role: "ROLE_USER", parts: [{ text }], ...more } });
}

async function start(client: Client, text = endless, contextId = ""): Promise<Task> {
  const message = { messageId: "m1", contextId, role: "ROLE_USER", parts: [{ text }] };
  const sent = SendMessageRequest.fromJSON({ message, configuration: { returnImmediately: true } });
  const result = await client.sendMessage(sent);
  if (!("status" in result)) throw new Error("expected a task, got a message");
  return result;
}

function textOf(parts: readonly Part[] | undefined): string {
  return (parts ?? []).map(({ content }) => (content?.$case === "text" ? content.value : "?")).join("");
}

async function eventsOf(stream: AsyncIterable<StreamResponse>): Promise<StreamResponse["payload"][]> {
  const got: StreamResponse["payload"][] = [];
  for await (const { payload } of stream) got.push(payload);
  return got;
}

describe.each(transports)("the official SDK's client over %s", (transport) => {
  let echo: Client;
  let tokens: Client;
  beforeAll(async () => {
    echo = await connect(transport, "echo");
    tokens = await connect(transport, "tokens");
  });

  it.each([
    ["echo", "한국어 🤖", "한국어 🤖"],
    ["echo", "", ""],
    ["echo", "0123456789abcdef".repeat(65_536), "0123456789abcdef".repeat(65_536)],
    ["researcher", "why", "finding(why)"],
    ["tokens", '{"chunks":2,"intervalMs":1}', "token-0token-1"],
  ])("gets a message for a message to %s", async (agent, text, answer) => {
    const result = await (await connect(transport, agent)).sendMessage(request(text));
    expect(result).toMatchObject({ messageId: expect.stringMatching(/.{36}/), role: 2 });
    expect(textOf((result as Message).parts)).toBe(answer);
  });

  it("gets a failed task when the agent fails", async () => {
    const result = await tokens.sendMessage(request("not JSON"));
    expect(result).toMatchObject({ status: { state: TaskState.TASK_STATE_FAILED } });
    expect(textOf((result as Task).status?.message?.parts)).toMatch(/^tokens expects JSON/);
  });

  it("gets a stream: the task, a part for each chunk, the end", async () => {
    const [first, ...more] = await eventsOf(tokens.sendMessageStream(request('{"chunks":3}')));
    expect(first).toMatchObject({ $case: "task", value: { status: { state: TaskState.TASK_STATE_WORKING } } });
    const chunks = more.flatMap((item) => (item?.$case === "artifactUpdate" ? [item.value] : []));
    expect(chunks.map(({ artifact, append, lastChunk }) => [textOf(artifact?.parts), append, lastChunk])).toEqual([
      ["token-0", false, false],
      ["token-1", true, false],
      ["token-2", true, true],
    ]);
    const ended = { state: TaskState.TASK_STATE_COMPLETED, timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/) };
    expect(more.slice(3)).toMatchObject([{ $case: "statusUpdate", value: { status: ended } }]);
  });

  it("gets, lists, follows and cancels a task that was started", async () => {
    const { id, contextId } = await start(tokens);
    expect(await tokens.getTask(GetTaskRequest.fromJSON({ id, historyLength: 1 }))).toMatchObject({
      id,
      contextId,
      status: { state: TaskState.TASK_STATE_WORKING },
      history: [{ messageId: "m1", taskId: id, contextId }],
    });
    expect((await tokens.getTask(GetTaskRequest.fromJSON({ id, historyLength: 0 }))).history).toEqual([]);
    const states: (TaskState | undefined)[] = [];
    for await (const { payload } of tokens.resubscribeTask({ tenant: "", id })) {
      if (payload?.$case === "task") {
        states.push(payload.value.status?.state);
        const cancelled = await tokens.cancelTask(CancelTaskRequest.fromJSON({ id }));
        expect(cancelled.status?.state).toBe(TaskState.TASK_STATE_CANCELED);
      } else if (payload?.$case === "statusUpdate") states.push(payload.value.status?.state);
    }
    expect(states).toEqual([TaskState.TASK_STATE_WORKING, TaskState.TASK_STATE_CANCELED]);
  });

  it("lists tasks page by page", async () => {
    const contextId = `list-${transport}`;
    const started = [await start(tokens, endless, contextId), await start(tokens, endless, contextId)];
    const statusTimestampAfter = "2020-01-01T00:00:00Z";
    const asked = {
      contextId,
      status: "TASK_STATE_WORKING",
      pageSize: 1,
      statusTimestampAfter,
      includeArtifacts: true,
    };
    const first = await tokens.listTasks(ListTasksRequest.fromJSON(asked));
    expect(first).toMatchObject({ totalSize: 2, pageSize: 1, nextPageToken: expect.stringMatching(/./) });
    const second = await tokens.listTasks(ListTasksRequest.fromJSON({ ...asked, pageToken: first.nextPageToken }));
    expect(second).toMatchObject({ totalSize: 2, pageSize: 1, nextPageToken: "" });
    const listed = [...first.tasks, ...second.tasks].map(({ id }) => id).sort();
    expect(listed).toEqual(started.map(({ id }) => id).sort());
  });

  it("leaves a stream without stopping the task", async () => {
    let id = "";
    for await (const { payload } of tokens.sendMessageStream(request(endless))) {
      if (payload?.$case === "task") id = payload.value.id;
      else break;
    }
    const task = await tokens.getTask(GetTaskRequest.fromJSON({ id }));
    expect(task.status?.state).toBe(TaskState.TASK_STATE_WORKING);
    await tokens.cancelTask(CancelTaskRequest.fromJSON({ id }));
  });

  it("may ask for an extension that the server does not know", async () => {
    const serviceParameters = ServiceParameters.create(withA2AExtensions("https://example.com/extension/v1"));
    expect(await echo.sendMessage(request("hi"), { serviceParameters })).toHaveProperty("parts");
  });

  const asVersion = (version: string) => ({ serviceParameters: ServiceParameters.create(withA2AVersion(version)) });
  const ended = async (): Promise<string> => {
    const { id } = await start(tokens);
    await tokens.cancelTask(CancelTaskRequest.fromJSON({ id }));
    return id;
  };
  it.each<[string, string, () => Promise<unknown>]>([
    ["TaskNotFoundError", "getTask", () => tokens.getTask(GetTaskRequest.fromJSON(nobody))],
    ["TaskNotFoundError", "cancelTask", () => tokens.cancelTask(CancelTaskRequest.fromJSON(nobody))],
    ["TaskNotFoundError", "resubscribeTask", () => eventsOf(tokens.resubscribeTask({ tenant: "", ...nobody }))],
    ["TaskNotFoundError", "sendMessage", () => tokens.sendMessage(request("hi", { taskId: nobody.id }))],
    [
      "TaskNotCancelableError",
      "cancelTask",
      async () => tokens.cancelTask(CancelTaskRequest.fromJSON({ id: await ended() })),
    ],
    [
      "UnsupportedOperationError",
      "resubscribeTask",
      async () => eventsOf(tokens.resubscribeTask({ tenant: "", id: await ended() })),
    ],
    [
      "UnsupportedOperationError",
      "sendMessage",
      async () => tokens.sendMessage(request("hi", { taskId: await ended() })),
    ],
    [
      "ContentTypeNotSupportedError",
      "sendMessage",
      () => echo.sendMessage(request("", { parts: [{ data: { a: [1, null] } }] })),
    ],
    [
      "ContentTypeNotSupportedError",
      "sendMessageStream",
      () => eventsOf(echo.sendMessageStream(request("", { parts: [{ url: "http://127.0.0.1/" }] }))),
    ],
    [
      "PushNotificationNotSupportedError",
      "getTaskPushNotificationConfig",
      () => echo.getTaskPushNotificationConfig({ tenant: "", taskId: "t", id: "c" }),
    ],
    [
      "PushNotificationNotSupportedError",
      "deleteTaskPushNotificationConfig",
      () => echo.deleteTaskPushNotificationConfig({ tenant: "", taskId: "t", id: "c" }),
    ],
    [
      "VersionNotSupportedError",
      "getTask",
      () => echo.transport.getTask(GetTaskRequest.fromJSON(nobody), asVersion("0.3")),
    ],
  ])("knows a %s of %s", async (name, _method, call) => {
    await expect(call()).rejects.toMatchObject({ name });
  });

  it("is told what is wrong with a request, though A2A has no name for it", async () => {
    const message = expect.stringContaining("message.messageId: expected an id, got ");
    await expect(echo.sendMessage(request("", { messageId: "" }))).rejects.toMatchObject({ message });
  });
});

describe.each([factories.rest, factories.jsonrpc])("the official SDK's $protocolName", (factory) => {
  it("finds an agent by its card alone, and knows that it has no other", async () => {
    const client = await new ClientFactory({ transports: [factory] }).createFromUrl(`${probe.origin}/agents/writer/`);
    const card = await client.getAgentCard();
    expect(card).toMatchObject({ name: "writer", capabilities: { extendedAgentCard: false } });
    const extended = client.transport.getExtendedAgentCard(
      { tenant: "" },
      { serviceParameters: { "A2A-Version": "1.0" } },
    );
    await expect(extended).rejects.toMatchObject({ name: "UnsupportedOperationError" });
  });
});

it("over gRPC the official SDK gets the card of the server and of an agent", async () => {
  const supportedInterfaces = [{ url: probe.authority, protocolBinding: "GRPC", protocolVersion: "1.0" }];
  const believed = AgentCard.fromJSON({ name: "a", supportedInterfaces, capabilities: { extendedAgentCard: true } });
  const whole = await new ClientFactory({ transports: [factories.grpc] }).createFromAgentCard(believed);
  const names = agents.list.map(({ name }) => name);
  expect((await whole.getAgentCard()).supportedInterfaces.map(({ tenant }) => tenant)).toEqual(names);
  const one = await connect("grpc", "writer");
  expect((await one.getAgentCard()).skills.map(({ id }) => id)).toEqual(["writer"]);
});
