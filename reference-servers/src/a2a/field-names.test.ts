import { a2aErrors, type Task } from "@apb/protocols/a2a";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { refusal } from "../testing/a2a/outcome.ts";
import { openProbe, type Probe } from "../testing/a2a/probe.ts";
import { fieldsOf } from "./field-names.ts";

let probe: Probe;
beforeAll(async () => {
  probe = await openProbe();
});
afterAll(() => probe[Symbol.asyncDispose]());

const message = { message_id: "m1", role: "ROLE_USER", parts: [{ text: "hi", media_type: "text/plain" }] };

describe.each(["rest", "jsonrpc"] as const)("over %s", (transport) => {
  it("the names of the .proto file are read as well", async () => {
    const request = { message: { ...message, context_id: "named" }, configuration: { return_immediately: true } };
    const { task } = (await probe.call(transport, "SendMessage", request)).answer as { task: Task };
    expect(task).toMatchObject({ contextId: "named", history: [{ messageId: "m1" }] });
    const got = await probe.call(transport, "GetTask", { id: task.id, history_length: 0 });
    expect(got.answer).not.toHaveProperty("history");
    const listed = await probe.call(transport, "ListTasks", { context_id: "named", page_size: 1 });
    expect(listed.answer).toMatchObject({ pageSize: 1, tasks: [{ contextId: "named" }] });
    expect((await probe.call(transport, "ListTasks", { context_id: "none" })).answer).toMatchObject({ totalSize: 0 });
  });

  it("both names of a field at once are refused", async () => {
    const { answer } = await probe.call(transport, "ListTasks", { contextId: "a", context_id: "b" });
    const refused = refusal(
      transport,
      a2aErrors.invalidParams,
      "the request: expected contextId or context_id, got both",
    );
    expect(answer).toEqual(refused.answer);
    const inside = await probe.call(transport, "SendMessage", { message: { ...message, messageId: "m2" } });
    expect(JSON.stringify(inside.answer)).toContain("message: expected messageId or message_id, got both");
  });

  it("the names in a client's own data are its own", async () => {
    const metadata = { ownName: 1, own_name: 2 };
    const sent = await probe.call(transport, "SendMessage", { message: { ...message, metadata }, metadata });
    expect(sent.answer).toHaveProperty("message");
  });
});

describe("the fields of an object", () => {
  const camel = fc.stringMatching(/^[a-z]+([A-Z][a-z]+)*$/);
  const snake = (name: string): string => name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

  it("are the same by either name", () => {
    fc.assert(
      fc.property(fc.dictionary(camel, fc.jsonValue()), (object) => {
        const renamed = Object.fromEntries(Object.entries(object).map(([name, value]) => [snake(name), value]));
        expect(fieldsOf("it", renamed)).toEqual(object);
        expect(fieldsOf("it", object)).toBe(object);
      }),
    );
  });

  it.each(["_context_id", "context__id", "context_id_", "Context_id", "__proto__"])("are not found by %s", (name) => {
    const object = JSON.parse(`{"${name}":1}`);
    expect(Object.entries(fieldsOf("it", object))).toEqual([[name, 1]]);
  });
});
