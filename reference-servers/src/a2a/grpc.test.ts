import { SendMessageRequest } from "@a2a-js/sdk";
import { A2AService } from "@a2a-js/sdk/server/grpc";
import { a2aErrors, type Task } from "@apb/protocols/a2a";
import { Client, credentials, Metadata } from "@grpc/grpc-js";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Agents } from "../agents/agents.ts";
import { refusal, success } from "../testing/a2a/outcome.ts";
import { openProbe, type Probe } from "../testing/a2a/probe.ts";

let probe: Probe;
beforeAll(async () => {
  probe = await openProbe();
});
afterAll(() => probe[Symbol.asyncDispose]());

const message = (text: string): object => ({ message: { messageId: "m1", role: "ROLE_USER", parts: [{ text }] } });
const said = (text: string): object =>
  success("grpc", { message: expect.objectContaining({ role: "ROLE_AGENT", parts: [{ text }] }) });
const send = (text: string, agent?: string) => probe.call("grpc", "SendMessage", message(text), agent);

describe("requests", () => {
  it("go to the agent their tenant names, or to echo", async () => {
    expect(await send("test", "")).toEqual(said("test"));
    expect(await send("why", "researcher")).toEqual(said("finding(why)"));
  });

  it("keep every character, a megabyte of them, and none", async () => {
    for (const text of ["한국어 🤖🧵 e\u0301 \u0000\u2028\r\n", "0123456789abcdef".repeat(65_536), ""])
      expect(await send(text)).toEqual(said(text));
  });

  it.each(["SendMessage", "SendStreamingMessage", "GetTask", "ListTasks", "GetExtendedAgentCard"])(
    "for no tenant there is are refused: %s",
    async (method) => {
      const refused = refusal("grpc", a2aErrors.agentNotFound, 'there is no agent "nobody"');
      expect(await probe.call("grpc", method, {}, "nobody")).toEqual(refused);
    },
  );

  it.each(["ff", "0a05", "1205ffffffffff", "0a01ff"])("that are no protobuf are INTERNAL: %s", async (hex) => {
    const extras = { bytes: Buffer.from(hex, "hex") };
    expect(await probe.call("grpc", "SendMessage", {}, "", extras)).toMatchObject({
      status: 13,
      answer: { code: 13, message: "expected a lf.a2a.v1.SendMessageRequest, got bytes that are not one" },
    });
  });

  it("with a time that no clock shows are INTERNAL", async () => {
    // statusTimestampAfter, of 10^15 seconds.
    const extras = { bytes: Buffer.from("3a090880809aa6eaafe301", "hex") };
    expect(await probe.call("grpc", "ListTasks", {}, "", extras)).toMatchObject({
      answer: { code: 13, message: expect.stringContaining("ListTasksRequest") },
    });
  });
});

it("tells when a task began by the clock", async () => {
  const before = Date.now();
  const { answer } = await probe.call("grpc", "SendMessage", {
    ...message("x"),
    configuration: { returnImmediately: true },
  });
  const at = Date.parse((answer as { task: Task }).task.status.timestamp ?? "");
  expect(at).toBeGreaterThanOrEqual(before);
  expect(at).toBeLessThanOrEqual(Date.now());
});

it("waits for slow agents, up to the deadline", async () => {
  await using slow = await openProbe(new Agents({ delayMs: 20, workMs: 0 }));
  expect(await slow.call("grpc", "SendMessage", message("late"))).toEqual(said("late"));
  const soon = { headers: { "grpc-timeout": "5m" } };
  expect(await slow.call("grpc", "SendMessage", message("x"), "", soon)).toMatchObject({ answer: { code: 4 } });
});

it("closes, in a moment, on a client that reads no more and keeps its connection", async () => {
  const on = await openProbe();
  const client = new Client(on.authority, credentials.createInsecure());
  const { path, requestSerialize, responseDeserialize } = A2AService.sendStreamingMessage;
  const text = '{"chunks":7200,"intervalMs":5}';
  const request = SendMessageRequest.fromJSON({ ...message(text), tenant: "tokens" });
  const metadata = new Metadata();
  metadata.set("a2a-version", "1.0");
  const call = client.makeServerStreamRequest(path, requestSerialize, responseDeserialize, request, metadata);
  let id = "";
  for await (const { payload } of call) {
    if (payload?.$case === "task") id = payload.value.id;
    break;
  }
  expect(await on.call("grpc", "CancelTask", { id }, "tokens")).toMatchObject({ status: 0 });
  await on[Symbol.asyncDispose]();
  client.close();
});
