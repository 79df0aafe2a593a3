import {
  type Message,
  type Part,
  Role,
  type SendMessageRequest,
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
  withA2AVersion,
} from "@a2a-js/sdk/client";
import {
  ContentTypeNotSupportedError,
  PushNotificationNotSupportedError,
  TaskNotCancelableError,
  TaskNotFoundError,
  UnsupportedOperationError,
} from "@a2a-js/sdk/errors";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openProbe, type Probe } from "./http-probe.ts";

let probe: Probe;
beforeAll(async () => {
  probe = await openProbe();
});
afterAll(() => probe[Symbol.asyncDispose]());

const transports = [new RestTransportFactory(), new JsonRpcTransportFactory()];
const endless = JSON.stringify({ chunks: 7200, intervalMs: 1000 });
const nobody = { tenant: "", id: "00000000-0000-4000-8000-000000000000" };

function partOf(text: string): Part {
  return { content: { $case: "text", value: text }, metadata: undefined, filename: "", mediaType: "" };
}

function request(text: string, returnImmediately = false): SendMessageRequest {
  return {
    tenant: "",
    message: {
      messageId: "m1",
      contextId: "",
      taskId: "",
      role: Role.ROLE_USER,
      parts: [partOf(text)],
      metadata: undefined,
      extensions: [],
      referenceTaskIds: [],
    },
    configuration: {
      acceptedOutputModes: [],
      taskPushNotificationConfig: undefined,
      historyLength: undefined,
      returnImmediately,
    },
    metadata: undefined,
  };
}

function textOf(parts: readonly Part[]): string {
  return parts.map(({ content }) => (content?.$case === "text" ? content.value : "")).join("");
}

/** The official clients, made from the cards alone. */
describe.each(transports)("the SDK's client for $protocolName", (transport) => {
  const client = (agent: string): Promise<Client> =>
    new ClientFactory({ transports: [transport] }).createFromUrl(`${probe.origin}/agents/${agent}/`);

  it("sends a message", async () => {
    const answer = (await (await client("echo")).sendMessage(request("héllo 🤖"))) as Message;
    expect(answer.role).toBe(Role.ROLE_AGENT);
    expect(textOf(answer.parts)).toBe("héllo 🤖");
  });

  it("gets a failed task from an agent that failed", async () => {
    const task = (await (await client("tokens")).sendMessage(request("not JSON"))) as Task;
    expect(task.status?.state).toBe(TaskState.TASK_STATE_FAILED);
    expect(textOf(task.status?.message?.parts ?? [])).toMatch(/^tokens expects JSON/);
  });

  it("follows a stream to its end", async () => {
    const items: StreamResponse["payload"][] = [];
    const stream = (await client("tokens")).sendMessageStream(request('{"chunks":3}'));
    for await (const { payload } of stream) items.push(payload);
    expect(items.map((item) => item?.$case)).toEqual([
      "task",
      ...Array.from({ length: 3 }, () => "artifactUpdate"),
      "statusUpdate",
    ]);
    const chunks = items.flatMap((item) => (item?.$case === "artifactUpdate" ? [item.value] : []));
    expect(chunks.map((chunk) => textOf(chunk.artifact?.parts ?? []))).toEqual(["token-0", "token-1", "token-2"]);
    expect(chunks.map(({ append, lastChunk }) => [append, lastChunk])).toEqual([
      [false, false],
      [true, false],
      [true, true],
    ]);
    const last = items.at(-1);
    expect(last?.$case === "statusUpdate" && last.value.status?.state).toBe(TaskState.TASK_STATE_COMPLETED);
  });

  it("starts, lists, follows and cancels a task", async () => {
    const tokens = await client("tokens");
    const task = (await tokens.sendMessage(request(endless, true))) as Task;
    expect(task.status?.state).toBe(TaskState.TASK_STATE_WORKING);
    const { id, contextId } = task;
    const got = await tokens.getTask({ tenant: "", id, historyLength: 1 });
    expect(textOf(got.history[0]?.parts ?? [])).toBe(endless);
    const listed = await tokens.listTasks({
      tenant: "",
      contextId,
      status: TaskState.TASK_STATE_WORKING,
      pageSize: 1,
      pageToken: "",
      historyLength: undefined,
      statusTimestampAfter: undefined,
      includeArtifacts: true,
    });
    expect(listed.tasks.map((one) => one.id)).toEqual([id]);

    const states: (TaskState | undefined)[] = [];
    for await (const { payload } of tokens.resubscribeTask({ tenant: "", id })) {
      if (payload?.$case === "task") {
        states.push(payload.value.status?.state);
        const cancelled = await tokens.cancelTask({ tenant: "", id, metadata: undefined });
        expect(cancelled.status?.state).toBe(TaskState.TASK_STATE_CANCELED);
      } else if (payload?.$case === "statusUpdate") states.push(payload.value.status?.state);
    }
    expect(states).toEqual([TaskState.TASK_STATE_WORKING, TaskState.TASK_STATE_CANCELED]);

    const again = tokens.cancelTask({ tenant: "", id, metadata: undefined });
    await expect(again).rejects.toBeInstanceOf(TaskNotCancelableError);
    const stream = tokens.resubscribeTask({ tenant: "", id });
    await expect(stream.next()).rejects.toBeInstanceOf(UnsupportedOperationError);
  });

  it("recognises the errors", async () => {
    const echo = await client("echo");
    await expect(echo.getTask({ ...nobody, historyLength: undefined })).rejects.toBeInstanceOf(TaskNotFoundError);
    // The client would answer this one itself, from the card: its transport asks the server.
    const serviceParameters = ServiceParameters.create(withA2AVersion("1.0"));
    const config = { tenant: "", id: "1", taskId: nobody.id };
    const push = echo.transport.getTaskPushNotificationConfig(config, { serviceParameters });
    await expect(push).rejects.toBeInstanceOf(PushNotificationNotSupportedError);
    const data = request("");
    const file: Part = { ...partOf(""), content: { $case: "url", value: "http://x" } };
    const sent = echo.sendMessage({ ...data, message: { ...(data.message as Message), parts: [file] } });
    await expect(sent).rejects.toBeInstanceOf(ContentTypeNotSupportedError);
  });
});
