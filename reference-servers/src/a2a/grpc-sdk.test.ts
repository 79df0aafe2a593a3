import {
  AgentCard,
  CancelTaskRequest,
  GetTaskRequest,
  ListTasksRequest,
  type Part,
  SendMessageRequest,
  type StreamResponse,
  type Task,
  TaskState,
} from "@a2a-js/sdk";
import { type Client, ClientFactory } from "@a2a-js/sdk/client";
import { GrpcTransportFactory } from "@a2a-js/sdk/client/grpc";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Agents } from "../agents/agents.ts";
import { type Listening, listen } from "../listen.ts";

const agents = new Agents();
let listening: Listening;
let host: string;
let client: Client;

/** A client of the server as a whole: its card names no tenant. `capabilities` is what it believes the server can do. */
function connect(capabilities: object): Promise<Client> {
  const supportedInterfaces = [{ url: host, protocolBinding: "GRPC", protocolVersion: "1.0" }];
  const factory = new ClientFactory({ transports: [new GrpcTransportFactory()] });
  return factory.createFromAgentCard(AgentCard.fromJSON({ name: "echo", supportedInterfaces, capabilities }));
}

beforeAll(async () => {
  listening = await listen({ bindings: ["a2a/grpc"], port: 0, host: "loopback", agents });
  host = new URL(listening.urls["a2a/grpc"] ?? "").host;
  // A client keeps requests to itself that its card says are in vain; here the server is to say it.
  client = await connect({ streaming: true, pushNotifications: true });
});
afterAll(() => listening[Symbol.asyncDispose]());

const endless = '{"chunks":1000,"intervalMs":60000}';

function request(tenant: string, text: string, more: object = {}): SendMessageRequest {
  return SendMessageRequest.fromJSON({
    tenant,
    message: { messageId: "m1", role: "ROLE_USER", parts: [{ text }] },
    ...more,
  });
}

function textOf(parts: readonly Part[] | undefined): string {
  return (parts ?? []).map(({ content }) => (content?.$case === "text" ? content.value : "?")).join("");
}

async function start(): Promise<Task> {
  const result = await client.sendMessage(request("tokens", endless, { configuration: { returnImmediately: true } }));
  if (!("status" in result)) throw new Error("expected a task, got a message");
  return result;
}

async function eventsOf(stream: AsyncIterable<StreamResponse>): Promise<StreamResponse["payload"][]> {
  const got: StreamResponse["payload"][] = [];
  for await (const { payload } of stream) got.push(payload);
  return got;
}

describe("the official SDK's gRPC client", () => {
  it("gets a message for a message", async () => {
    for (const [tenant, text, answer] of [
      ["", "한국어 🤖", "한국어 🤖"],
      ["echo", "", ""],
      ["researcher", "why", "finding(why)"],
    ] as const) {
      const result = await client.sendMessage(request(tenant, text));
      expect(result).toMatchObject({ messageId: expect.stringMatching(/.{36}/), role: 2 });
      expect("parts" in result && textOf(result.parts)).toBe(answer);
    }
  });

  it("gets a failed task when the agent fails", async () => {
    const result = await client.sendMessage(request("tokens", "not JSON"));
    expect(result).toMatchObject({ status: { state: TaskState.TASK_STATE_FAILED } });
    expect("status" in result && textOf(result.status?.message?.parts)).toContain("not JSON");
  });

  it("gets a stream: the task, a part for each chunk, the end", async () => {
    const events = await eventsOf(client.sendMessageStream(request("tokens", '{"chunks":3}')));
    expect(events.map((event) => event?.$case)).toEqual([
      "task",
      "artifactUpdate",
      "artifactUpdate",
      "artifactUpdate",
      "statusUpdate",
    ]);
    const [first, ...more] = events;
    const parts = more.map((event) => (event?.$case === "artifactUpdate" ? textOf(event.value.artifact?.parts) : null));
    expect(parts).toEqual(["token-0", "token-1", "token-2", null]);
    expect(first).toMatchObject({ value: { status: { state: TaskState.TASK_STATE_WORKING } } });
    const ended = { state: TaskState.TASK_STATE_COMPLETED, timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/) };
    expect(more.at(-1)).toMatchObject({ value: { status: ended } });
  });

  it("follows a task that was started, lists it and cancels it", async () => {
    const { id, contextId } = await start();
    const named = { tenant: "tokens", id };
    expect(await client.getTask(GetTaskRequest.fromJSON({ ...named, historyLength: 1 }))).toMatchObject({
      id,
      contextId,
      status: { state: TaskState.TASK_STATE_WORKING },
      history: [{ messageId: "m1", taskId: id, contextId }],
    });
    const asked = { tenant: "tokens", contextId, statusTimestampAfter: "2020-01-01T00:00:00Z", includeArtifacts: true };
    const listed = await client.listTasks(ListTasksRequest.fromJSON(asked));
    expect(listed).toMatchObject({ tasks: [{ id }], totalSize: 1, pageSize: 50, nextPageToken: "" });
    const events = eventsOf(client.resubscribeTask(named));
    const cancelled = await client.cancelTask(CancelTaskRequest.fromJSON(named));
    expect(cancelled.status?.state).toBe(TaskState.TASK_STATE_CANCELED);
    expect((await events).at(-1)).toMatchObject({ value: { status: { state: TaskState.TASK_STATE_CANCELED } } });
  });

  it("leaves a stream without stopping the task", async () => {
    let id = "";
    for await (const { payload } of client.sendMessageStream(request("tokens", endless))) {
      if (payload?.$case === "task") id = payload.value.id;
      else break;
    }
    const task = await client.getTask(GetTaskRequest.fromJSON({ tenant: "tokens", id }));
    expect(task.status?.state).toBe(TaskState.TASK_STATE_WORKING);
    await client.cancelTask(CancelTaskRequest.fromJSON({ tenant: "tokens", id }));
  });

  it("gets the card, with every agent", async () => {
    const card = await (await connect({ extendedAgentCard: true })).getAgentCard();
    expect(card.skills.map((skill) => skill.id)).toEqual(agents.list.map((agent) => agent.name));
    expect(card.supportedInterfaces[5]).toEqual({
      url: host,
      protocolBinding: "GRPC",
      protocolVersion: "1.0",
      tenant: "tokens",
    });
    expect(card.capabilities).toMatchObject({ streaming: true, pushNotifications: false, extendedAgentCard: true });
  });
});

describe("errors the official SDK knows", () => {
  const unknown = { tenant: "tokens", id: "no-such-task" };

  it.each<[string, number, () => Promise<unknown>]>([
    ["TaskNotFoundError", 5, () => client.getTask(GetTaskRequest.fromJSON(unknown))],
    ["TaskNotFoundError", 5, () => client.cancelTask(CancelTaskRequest.fromJSON(unknown))],
    ["TaskNotFoundError", 5, () => eventsOf(client.resubscribeTask(unknown))],
    [
      "ContentTypeNotSupportedError",
      3,
      () => {
        const message = { messageId: "m1", role: "ROLE_USER", parts: [{ data: { a: [1, null] } }] };
        return client.sendMessage(request("echo", "", { message }));
      },
    ],
    [
      "PushNotificationNotSupportedError",
      9,
      () => client.getTaskPushNotificationConfig({ tenant: "", taskId: "t", id: "c" }),
    ],
    [
      "PushNotificationNotSupportedError",
      9,
      () => client.deleteTaskPushNotificationConfig({ tenant: "", taskId: "t", id: "c" }),
    ],
  ])("%s comes with status %i and its reason", async (name, status, call) => {
    await expect(call()).rejects.toMatchObject({ name, status, transport: "grpc" });
  });

  it("tells a task that has ended from one that has not", async () => {
    const { id } = await start();
    const named = CancelTaskRequest.fromJSON({ tenant: "tokens", id });
    await client.cancelTask(named);
    await expect(client.cancelTask(named)).rejects.toMatchObject({ name: "TaskNotCancelableError" });
    const subscribed = eventsOf(client.resubscribeTask({ tenant: "tokens", id }));
    await expect(subscribed).rejects.toMatchObject({ name: "UnsupportedOperationError" });
  });

  it("has only the status for what A2A has no name for", async () => {
    await expect(client.sendMessage(request("nobody", "x"))).rejects.toMatchObject({ name: "A2AError", status: 5 });
    const message = { role: "ROLE_USER", parts: [{ text: "x" }] };
    await expect(client.sendMessage(request("echo", "", { message }))).rejects.toMatchObject({ status: 3 });
  });
});
