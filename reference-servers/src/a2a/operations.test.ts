import { type A2aErrorEntry, a2aErrors, type Task } from "@apb/protocols/a2a";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { refusal, success, type Transport, transports } from "../testing/a2a/outcome.ts";
import { openProbe, type Probe } from "../testing/a2a/probe.ts";

let probe: Probe;
beforeAll(async () => {
  probe = await openProbe();
});
afterAll(() => probe[Symbol.asyncDispose]());

const uuid = expect.stringMatching(/^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/);
const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
const nobody = "00000000-0000-4000-8000-000000000000";
const endless = JSON.stringify({ chunks: 7200, intervalMs: 1000 });

function message(text: string, more: object = {}): { message: object } {
  return { message: { messageId: "m1", role: "ROLE_USER", parts: [{ text }], ...more } };
}

const now = { configuration: { returnImmediately: true } };
const reply = (text: string, contextId: unknown = uuid): object => ({
  message: { messageId: uuid, contextId, role: "ROLE_AGENT", parts: [{ text }] },
});

async function start(transport: Transport, agent: string, text: string, more: object = {}): Promise<Task> {
  const { answer } = await probe.call(transport, "SendMessage", { ...message(text, more), ...now }, agent);
  return (answer as { task: Task }).task;
}

async function ended(transport: Transport, agent: string, id: string): Promise<Task> {
  for (;;) {
    const task = (await probe.call(transport, "GetTask", { id }, agent)).answer as Task;
    if (task.status.state !== "TASK_STATE_WORKING") return task;
  }
}

const json: readonly Transport[] = ["rest", "jsonrpc"];
const { invalidParams, contentTypeNotSupported, pushNotificationNotSupported, taskNotFound } = a2aErrors;

/** Requests, what is wrong with them, and the transports that can say them: in protobuf fields have types, and empty is absent. */
const refused: readonly [string, object, A2aErrorEntry, string, (readonly Transport[])?][] = [
  ["no message", {}, invalidParams, "message: expected an object, got nothing", json],
  [
    "a message that is none",
    { message: [] },
    invalidParams,
    "message: expected an object, got an object or array",
    json,
  ],
  [
    "no messageId",
    message("", { messageId: undefined }),
    invalidParams,
    "message.messageId: expected an id, got nothing",
    json,
  ],
  [
    "an empty messageId",
    message("", { messageId: "" }),
    invalidParams,
    'message.messageId: expected an id, got ""',
    json,
  ],
  ["no role", message("", { role: null }), invalidParams, 'message.role: expected "ROLE_USER", got null', json],
  [
    "a role of 0.3",
    message("", { role: "user" }),
    invalidParams,
    'message.role: expected "ROLE_USER", got "user"',
    json,
  ],
  [
    "no parts",
    message("", { parts: [] }),
    invalidParams,
    "message.parts: expected at least one part, got an object or array",
    json,
  ],
  [
    "a part that is none",
    message("", { parts: ["a"] }),
    invalidParams,
    'message.parts: expected an object, got "a"',
    json,
  ],
  [
    "an empty part",
    message("", { parts: [{}] }),
    invalidParams,
    "message.parts: expected one of text, raw, url and data in each part, got an object or array",
  ],
  [
    "two contents",
    message("", { parts: [{ text: "a", url: "b" }] }),
    invalidParams,
    "message.parts: expected one of text, raw, url and data in each part, got an object or array",
    json,
  ],
  [
    "text that is a number",
    message("", { parts: [{ text: 1 }] }),
    invalidParams,
    "message.parts: expected one of text, raw, url and data in each part, got an object or array",
    json,
  ],
  [
    "a context that is a number",
    message("", { contextId: 1 }),
    invalidParams,
    "message.contextId: expected text, got 1",
    json,
  ],
  [
    "a configuration that is none",
    { ...message(""), configuration: 1 },
    invalidParams,
    "configuration: expected an object, got 1",
    json,
  ],
  [
    "a flag that is text",
    { ...message(""), configuration: { returnImmediately: "true" } },
    invalidParams,
    'configuration.returnImmediately: expected true or false, got "true"',
    json,
  ],
  [
    "a negative length",
    { ...message(""), configuration: { historyLength: -1 } },
    invalidParams,
    "configuration.historyLength: expected a whole number, 0 or more, got -1",
  ],
  ["data", message("", { parts: [{ data: {} }] }), contentTypeNotSupported, "expected text parts, got one with data"],
  [
    "a file",
    message("", { parts: [{ url: "http://x" }] }),
    contentTypeNotSupported,
    "expected text parts, got one with url",
  ],
  [
    "another media type",
    message("", { parts: [{ text: "a", mediaType: "text/html" }] }),
    contentTypeNotSupported,
    "expected text/plain, got text/html",
  ],
  [
    "push notifications",
    { ...message(""), configuration: { taskPushNotificationConfig: { url: "http://x" } } },
    pushNotificationNotSupported,
    "this agent sends no push notifications",
  ],
  ["a task that is not there", message("", { taskId: nobody }), taskNotFound, `there is no task "${nobody}"`],
];

describe.each(transports)("over %s", (transport) => {
  const call = (method: string, request: object, agent?: string) => probe.call(transport, method, request, agent);

  describe("SendMessage", () => {
    it.each<[string, object, string, object]>([
      ["a text", message("hi"), "echo", reply("hi")],
      ["no text", message(""), "echo", reply("")],
      ["several parts", message("", { parts: [{ text: "a" }, { text: "b" }] }), "echo", reply("ab")],
      [
        "a media type",
        message("", { parts: [{ text: "a", mediaType: "Text/Plain; charset=utf-8" }] }),
        "echo",
        reply("a"),
      ],
      ["a context", message("hi", { contextId: "c1" }), "echo", reply("hi", "c1")],
      ["empty ids, as protobuf has them", message("hi", { contextId: "", taskId: "" }), "echo", reply("hi")],
      [
        "nulls, as decoded protobuf has them",
        { ...message("hi", { taskId: null }), configuration: null },
        "echo",
        reply("hi"),
      ],
      [
        "fields it does not know",
        { ...message("hi", { metadata: { a: 1 }, x: 1 }), metadata: {} },
        "echo",
        reply("hi"),
      ],
      ["another agent", message("why"), "researcher", reply("finding(why)")],
      ["an agent that has to wait", message('{"chunks":2,"intervalMs":1}'), "tokens", reply("token-0token-1")],
    ])("answers %s", async (_name, request, agent, answer) => {
      expect(await call("SendMessage", request, agent)).toEqual(success(transport, answer));
    });

    it.each(refused.filter(([, , , , only = transports]) => only.includes(transport)))(
      "refuses %s",
      async (_name, request, entry, text) => {
        expect(await call("SendMessage", request)).toEqual(refusal(transport, entry, text));
      },
    );

    it("refuses an agent that is not there", async () => {
      const refused = refusal(transport, a2aErrors.agentNotFound, 'there is no agent "nobody"');
      expect(await call("SendMessage", message("hi"), "nobody")).toEqual(refused);
    });

    it("answers with a failed task when the agent failed, and keeps it", async () => {
      const { answer } = await call("SendMessage", message("not JSON"), "tokens");
      const { task } = answer as { task: Task };
      const said = expect.stringMatching(/^tokens expects JSON/);
      const { id, contextId } = task;
      const ids = { contextId, taskId: id };
      expect(task).toEqual({
        id: uuid,
        contextId: uuid,
        status: {
          state: "TASK_STATE_FAILED",
          timestamp: time,
          message: { messageId: `${id}-error`, ...ids, role: "ROLE_AGENT", parts: [{ text: said }] },
        },
        history: [{ messageId: "m1", ...ids, role: "ROLE_USER", parts: [{ text: "not JSON" }] }],
      });
      expect(await call("GetTask", { id }, "tokens")).toEqual(success(transport, task));
    });

    it("returns a task at once when asked to", async () => {
      const task = await start(transport, "tokens", '{"chunks":2}', { contextId: "c2" });
      const ids = { contextId: "c2", taskId: task.id };
      const history = [{ messageId: "m1", ...ids, role: "ROLE_USER", parts: [{ text: '{"chunks":2}' }] }];
      const working = { state: "TASK_STATE_WORKING", timestamp: time };
      expect(task).toEqual({ id: uuid, contextId: "c2", status: working, history });
      expect(await ended(transport, "tokens", task.id)).toEqual({
        id: task.id,
        contextId: "c2",
        status: { state: "TASK_STATE_COMPLETED", timestamp: time },
        artifacts: [{ artifactId: "answer", parts: [{ text: "token-0" }, { text: "token-1" }] }],
        history,
      });
    });

    it.each([
      [undefined, 1],
      [0, undefined],
      [1, 1],
      [5, 1],
    ])("shows %s of the history as %s messages", async (historyLength, shown) => {
      const configuration = { returnImmediately: true, ...(historyLength === undefined ? {} : { historyLength }) };
      const { answer } = await call("SendMessage", { ...message("hi"), configuration });
      expect((answer as { task: Task }).task.history?.length).toBe(shown);
    });

    it("takes no further message for a task", async () => {
      const { id } = await start(transport, "echo", "hi", { contextId: "c3" });
      const finished = refusal(transport, a2aErrors.unsupportedOperation, `task ${id} takes no further messages`);
      expect(await call("SendMessage", message("more", { taskId: id }))).toEqual(finished);
      const mismatch = 'message.contextId: expected the context of the task, got "c4"';
      expect(await call("SendMessage", message("more", { taskId: id, contextId: "c4" }))).toEqual(
        refusal(transport, a2aErrors.invalidParams, mismatch),
      );
    });
  });

  describe("GetTask", () => {
    it("keeps to historyLength", async () => {
      const { id } = await start(transport, "echo", "hi");
      await ended(transport, "echo", id);
      const get = async (historyLength: unknown) => (await call("GetTask", { id, historyLength })).answer as Task;
      expect(((await call("GetTask", { id })).answer as Task).history).toHaveLength(1);
      expect(await get(0)).not.toHaveProperty("history");
      expect((await get(1)).history).toHaveLength(1);
      expect((await get("5")).history).toHaveLength(1);
      expect(await call("GetTask", { id, historyLength: -1 })).toMatchObject(
        refusal(transport, a2aErrors.invalidParams, expect.stringMatching(/^historyLength: expected a whole number/)),
      );
    });

    it("does not know another agent's task", async () => {
      const { id } = await start(transport, "echo", "hi");
      const refused = refusal(transport, a2aErrors.taskNotFound, `there is no task "${id}"`);
      expect(await call("GetTask", { id }, "planner")).toEqual(refused);
    });
  });

  describe("CancelTask", () => {
    it("cancels a task at work, once", async () => {
      const { id, contextId, history } = await start(transport, "tokens", endless);
      const { answer } = await call("CancelTask", { id }, "tokens");
      const status = { state: "TASK_STATE_CANCELED", timestamp: time };
      expect({ ...(answer as Task), artifacts: [] }).toEqual({ id, contextId, status, artifacts: [], history });
      expect(await call("GetTask", { id }, "tokens")).toEqual(success(transport, answer));
      const refused = refusal(transport, a2aErrors.taskNotCancelable, `task ${id} has ended already`);
      expect(await call("CancelTask", { id }, "tokens")).toEqual(refused);
    });
  });

  it.each(["GetTask", "CancelTask", "SubscribeToTask"])("%s does not know a task that is not there", async (method) => {
    const refused = refusal(transport, a2aErrors.taskNotFound, `there is no task "${nobody}"`);
    expect(await call(method, { id: nobody })).toEqual(refused);
  });

  it.each(
    ["Create", "Get", "Delete"]
      .map((verb) => `${verb}TaskPushNotificationConfig`)
      .concat("ListTaskPushNotificationConfigs"),
  )("%s is refused", async (method) => {
    const text = "this agent sends no push notifications";
    expect(await call(method, { id: nobody })).toEqual(
      refusal(transport, a2aErrors.pushNotificationNotSupported, text),
    );
  });
});

it.each(transports)("knows a task that was started over %s at every door", async (transport) => {
  const { id } = await start(transport, "echo", "hi");
  const task = await ended(transport, "echo", id);
  for (const other of transports) expect(await ended(other, "echo", id)).toEqual(task);
});
