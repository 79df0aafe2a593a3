import { a2aErrors } from "@apb/protocols/a2a";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Extras, type Transport, transports } from "../testing/a2a/outcome.ts";
import { openProbe, type Probe } from "../testing/a2a/probe.ts";

let probe: Probe;
/** A task at work and one that has ended, both of `tokens`. */
let working: string;
let ended: string;
beforeAll(async () => {
  probe = await openProbe();
  working = await start();
  ended = await start();
  await probe.call("rest", "CancelTask", { id: ended }, "tokens");
});
afterAll(() => probe[Symbol.asyncDispose]());

async function start(): Promise<string> {
  const request = { ...message('{"chunks":7200,"intervalMs":1000}'), configuration: { returnImmediately: true } };
  const { answer } = await probe.call("rest", "SendMessage", request, "tokens");
  return (answer as { task: { id: string } }).task.id;
}

function message(text: string, more: object = {}): { message: object } {
  return { message: { messageId: "m1", role: "ROLE_USER", parts: [{ text }], ...more } };
}

/** An error of §5.4 as v1.0.1 numbers it. */
interface Row {
  readonly name: string;
  /** Null for errors that are not A2A's own. */
  readonly reason: string | null;
  readonly jsonrpc: number;
  readonly grpc: number;
  readonly http: number;
  /** REST's name of it. */
  readonly status: string;
  readonly cases: Readonly<Record<string, Case>>;
}

/** A request that is refused. */
interface Case {
  readonly method: string;
  readonly request?: () => object;
  readonly extras?: Extras;
  /** Where it can be asked, everywhere unless told otherwise. */
  readonly over?: readonly Transport[];
}

const nobody = { id: "00000000-0000-4000-8000-000000000000" };
const http: readonly Transport[] = ["rest", "jsonrpc"];
const hi = (): object => message("hi");
const sendPart = (part: object): Case => ({ method: "SendMessage", request: () => message("", { parts: [part] }) });
const sendAs = (version: string | null, method = "SendMessage"): Case => ({ method, request: hi, extras: { version } });

const rows: readonly Row[] = [
  {
    name: "TaskNotFoundError",
    ...{ reason: "TASK_NOT_FOUND", jsonrpc: -32001, grpc: 5, http: 404, status: "NOT_FOUND" },
    cases: {
      "GetTask of no task": { method: "GetTask", request: () => nobody },
      "CancelTask of no task": { method: "CancelTask", request: () => nobody },
      "SubscribeToTask of no task": { method: "SubscribeToTask", request: () => nobody },
      "a message to no task": { method: "SendMessage", request: () => message("hi", { taskId: nobody.id }) },
      "a streamed message to no task": {
        method: "SendStreamingMessage",
        request: () => message("hi", { taskId: nobody.id }),
      },
    },
  },
  {
    name: "TaskNotCancelableError",
    ...{ reason: "TASK_NOT_CANCELABLE", jsonrpc: -32002, grpc: 9, http: 400, status: "FAILED_PRECONDITION" },
    cases: { "CancelTask of one that has ended": { method: "CancelTask", request: () => ({ id: ended }) } },
  },
  {
    name: "PushNotificationNotSupportedError",
    ...{
      reason: "PUSH_NOTIFICATION_NOT_SUPPORTED",
      jsonrpc: -32003,
      grpc: 9,
      http: 400,
      status: "FAILED_PRECONDITION",
    },
    cases: {
      ...Object.fromEntries(
        ["CreateTaskPushNotificationConfig", "GetTaskPushNotificationConfig", "DeleteTaskPushNotificationConfig"]
          .concat("ListTaskPushNotificationConfigs")
          .map((method) => [method, { method, request: () => ({ id: working }) }]),
      ),
      "a message that asks for them": {
        method: "SendMessage",
        request: () => ({ ...hi(), configuration: { taskPushNotificationConfig: { url: "http://127.0.0.1/" } } }),
      },
    },
  },
  {
    name: "UnsupportedOperationError",
    ...{ reason: "UNSUPPORTED_OPERATION", jsonrpc: -32004, grpc: 9, http: 400, status: "FAILED_PRECONDITION" },
    cases: {
      "a message to a task that has ended": {
        method: "SendMessage",
        request: () => message("hi", { taskId: ended }),
      },
      "a streamed message to one": { method: "SendStreamingMessage", request: () => message("hi", { taskId: ended }) },
      "a message to a task at work, which takes none": {
        method: "SendMessage",
        request: () => message("hi", { taskId: working }),
      },
      "SubscribeToTask of one that has ended": { method: "SubscribeToTask", request: () => ({ id: ended }) },
      // Behind gRPC there is no other way to a card: its card says that there is an extended one.
      "GetExtendedAgentCard where the card says there is none": { method: "GetExtendedAgentCard", over: http },
    },
  },
  {
    name: "ContentTypeNotSupportedError",
    ...{ reason: "CONTENT_TYPE_NOT_SUPPORTED", jsonrpc: -32005, grpc: 3, http: 400, status: "INVALID_ARGUMENT" },
    cases: {
      "a part of bytes": sendPart({ raw: "dGNr", mediaType: "application/x-unsupported" }),
      "a part that is a URL": sendPart({ url: "http://127.0.0.1/" }),
      "a part of data": sendPart({ data: { a: [1, null] } }),
      "text of another media type": sendPart({ text: "<b>", mediaType: "text/html" }),
      // gRPC has this one before any protocol on it: 415, without a status.
      "a body that is not announced as JSON": {
        method: "SendMessage",
        request: hi,
        extras: { headers: { "content-type": "text/plain" } },
        over: http,
      },
    },
  },
  {
    name: "VersionNotSupportedError",
    ...{ reason: "VERSION_NOT_SUPPORTED", jsonrpc: -32009, grpc: 9, http: 400, status: "FAILED_PRECONDITION" },
    cases: {
      "no version, which is 0.3": sendAs(null),
      "an empty version, which is 0.3": sendAs(""),
      "version 0.3": sendAs("0.3"),
      "a later minor version": sendAs("1.1"),
      "a later major version": sendAs("2.0"),
      "a version that is none": sendAs("latest"),
      "a stream of another version": sendAs("0.3", "SendStreamingMessage"),
      "a query of another version": { method: "ListTasks", extras: { version: "0.3" } },
    },
  },
  {
    name: "ParseError",
    ...{ reason: null, jsonrpc: -32700, grpc: 13, http: 400, status: "INVALID_ARGUMENT" },
    cases: { "bytes that are no request": { method: "SendMessage", extras: { bytes: Buffer.from([0xff]) } } },
  },
  {
    name: "InvalidRequest",
    ...{ reason: null, jsonrpc: -32600, grpc: 3, http: 400, status: "INVALID_ARGUMENT" },
    // The other two have no envelope that could be wrong.
    cases: {
      "a batch": { method: "SendMessage", extras: { bytes: Buffer.from("[]") }, over: ["jsonrpc"] },
      "no JSON-RPC": { method: "SendMessage", extras: { bytes: Buffer.from('{"id":7}') }, over: ["jsonrpc"] },
    },
  },
  {
    name: "MethodNotFound",
    ...{ reason: null, jsonrpc: -32601, grpc: 12, http: 404, status: "NOT_FOUND" },
    cases: {
      "a method that is not there": { method: "ForgetTask" },
      "a method of 0.3": { method: "message/send" },
    },
  },
  {
    name: "InvalidParams",
    ...{ reason: null, jsonrpc: -32602, grpc: 3, http: 400, status: "INVALID_ARGUMENT" },
    cases: {
      "no message": { method: "SendMessage" },
      "a message without an id": { method: "SendMessage", request: () => message("", { messageId: "" }) },
      "a message of the agent's": { method: "SendMessage", request: () => message("", { role: "ROLE_AGENT" }) },
      "a message without parts": { method: "SendStreamingMessage", request: () => message("", { parts: [] }) },
      "a page of none": { method: "ListTasks", request: () => ({ pageSize: 0 }) },
      "a page of 101": { method: "ListTasks", request: () => ({ pageSize: 101 }) },
      "a page token that was not given": { method: "ListTasks", request: () => ({ pageToken: "x" }) },
      "a state that is none": { method: "ListTasks", request: () => ({ status: "TASK_STATE_ASLEEP" }) },
      "a history of less than none": { method: "GetTask", request: () => ({ id: working, historyLength: -1 }) },
      "another context than the task's": {
        method: "SendMessage",
        request: () => message("", { taskId: ended, contextId: "another" }),
      },
    },
  },
];

/** Errors of the table that nothing can bring about, and why. */
const unreachable: Readonly<Record<string, string>> = {
  InvalidAgentResponseError: "the agents are functions of this process, and what they return is text",
  ExtendedAgentCardNotConfiguredError: "a card either says that there is no extended card, or there is one",
  ExtensionSupportRequiredError: "no card requires an extension",
  InternalError: "it is the answer to a fault of the server; the listeners' tests bring one about",
};

/** The error as its transport tells it (§9.5, §10.6, §11.6). */
function expected(row: Row, transport: Transport): object {
  const message = expect.stringMatching(/\S/);
  const type = "type.googleapis.com/google.rpc.ErrorInfo";
  const details = row.reason === null ? [] : [{ "@type": type, reason: row.reason, domain: "a2a-protocol.org" }];
  switch (transport) {
    case "rest": {
      const error = { code: row.http, status: row.status, message, details };
      return { status: row.http, type: "application/a2a+json", answer: { error } };
    }
    case "jsonrpc": {
      const error = { code: row.jsonrpc, message, ...(row.reason === null ? {} : { data: details }) };
      return { status: 200, type: "application/json", answer: error };
    }
    case "grpc": {
      // The transport's own refusals come without details.
      const own = row.grpc === 12 || row.grpc === 13 ? {} : { details };
      return { status: row.grpc, type: "application/grpc+proto", answer: { code: row.grpc, message, ...own } };
    }
  }
}

describe.each(transports)("over %s", (transport) => {
  const reachable = rows.flatMap((row) => {
    const cases = Object.entries(row.cases).filter(([, { over = transports }]) => over.includes(transport));
    return cases.length === 0 ? [] : [{ name: row.name, row, cases }];
  });
  describe.each(reachable)("$name", ({ row, cases }) => {
    it.each(cases)("answers %s", async (_name, { method, request = () => ({}), extras }) => {
      expect(await probe.call(transport, method, request(), "tokens", extras)).toEqual(expected(row, transport));
    });
  });

  it.each([
    ["version 1.0", { version: "1.0" }],
    ["a patch version", { version: "1.0.1" }],
    ["an extension it does not know", { headers: { "a2a-extensions": "https://example.com/a/v1,https://b.example" } }],
  ])("accepts %s", async (_name, extras) => {
    const answer = { message: expect.objectContaining({ parts: [{ text: "hi" }] }) };
    expect(await probe.call(transport, "SendMessage", hi(), "echo", extras)).toMatchObject({ answer });
  });
});

it("has every error of A2A and of JSON-RPC in the table, or says why not", () => {
  const serversOwn = -32000;
  const all = Object.values(a2aErrors).flatMap(({ name, jsonrpc }) => (jsonrpc === serversOwn ? [] : [name]));
  expect([...rows.map(({ name }) => name), ...Object.keys(unreachable)].sort()).toEqual(all.sort());
});
