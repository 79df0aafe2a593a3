import { a2aErrors, type StreamResponse, type Task } from "@apb/protocols/a2a";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { refusal, streamed, success, transports } from "../testing/a2a/outcome.ts";
import { openProbe, type Probe } from "../testing/a2a/probe.ts";

let probe: Probe;
beforeAll(async () => {
  probe = await openProbe();
});
afterAll(() => probe[Symbol.asyncDispose]());

function message(text: string, more: object = {}): object {
  return { message: { messageId: "m1", role: "ROLE_USER", parts: [{ text }], contextId: "c1" }, ...more };
}

const at = (state: string): object => ({ state, timestamp: expect.any(String) });

describe.each(transports)("over %s", (transport) => {
  async function stream(method: string, request: object, agent = "tokens"): Promise<readonly StreamResponse[]> {
    const outcome = await probe.call(transport, method, request, agent);
    expect(outcome).toEqual(streamed(transport, expect.any(Array)));
    return (outcome.answer as { items: StreamResponse[] }).items;
  }

  it("streams the task, a chunk at a time, and its end", async () => {
    const items = await stream(
      "SendStreamingMessage",
      message('{"chunks":3}', { configuration: { historyLength: 0 } }),
    );
    const { id } = (items[0] as { task: Task }).task;
    const ids = { taskId: id, contextId: "c1" };
    const chunk = (text: string) => ({ ...ids, artifact: { artifactId: "answer", parts: [{ text }] } });
    expect(items).toEqual([
      { task: { id, contextId: "c1", status: at("TASK_STATE_WORKING") } },
      { artifactUpdate: chunk("token-0") },
      { artifactUpdate: { ...chunk("token-1"), append: true } },
      { artifactUpdate: { ...chunk("token-2"), append: true, lastChunk: true } },
      { statusUpdate: { ...ids, status: at("TASK_STATE_COMPLETED") } },
    ]);
  });

  it("tells the last chunk when chunks take their time, and when there is one", async () => {
    const last = (items: readonly StreamResponse[]) =>
      items.flatMap((item) => ("artifactUpdate" in item ? [item.artifactUpdate.lastChunk === true] : []));
    const paced = message('{"chunks":3,"intervalMs":2}');
    expect(last(await stream("SendStreamingMessage", paced))).toEqual([false, false, true]);
    expect(last(await stream("SendStreamingMessage", message("hi"), "echo"))).toEqual([true]);
    expect(last(await stream("SendStreamingMessage", message('{"chunks":0}')))).toEqual([]);
  });

  it("brings every chunk of a long stream", async () => {
    const items = await stream("SendStreamingMessage", message('{"chunks":20000}'));
    expect(items).toHaveLength(20_002);
  });

  it("streams only the task when the agent failed at once", async () => {
    const items = await stream("SendStreamingMessage", message("not JSON"));
    expect(items).toMatchObject([{ task: { status: { state: "TASK_STATE_FAILED" } } }]);
  });

  async function startEndless(): Promise<string> {
    const request = message('{"chunks":7200,"intervalMs":5}', { configuration: { returnImmediately: true } });
    const { answer } = await probe.call(transport, "SendMessage", request, "tokens");
    return (answer as { task: Task }).task.id;
  }

  it("lets others follow a task from where it is, until it is cancelled", async () => {
    const id = await startEndless();
    const followers = [1, 2].map(() => probe.stream(transport, "SubscribeToTask", { id }, "tokens"));
    const seen = await Promise.all(followers.map(async (one) => [(await one.next()).value as StreamResponse]));
    await probe.call(transport, "CancelTask", { id }, "tokens");
    for (const [n, items] of seen.entries()) {
      for await (const item of followers[n] as AsyncIterable<StreamResponse>) items.push(item);
      const { task } = items[0] as { task: Task };
      const known = task.artifacts?.[0]?.parts ?? [];
      const chunks = items.flatMap((item) => ("artifactUpdate" in item ? item.artifactUpdate.artifact.parts : []));
      const all = [...known, ...chunks];
      expect(all).toEqual(all.map((_, n) => ({ text: `token-${n}` })));
      expect(items.at(-1)).toMatchObject({ statusUpdate: { taskId: id, status: at("TASK_STATE_CANCELED") } });
    }
    const text = `task ${id} has ended; GetTask tells how`;
    expect(await probe.call(transport, "SubscribeToTask", { id }, "tokens")).toEqual(
      refusal(transport, a2aErrors.unsupportedOperation, text),
    );
  });

  it("works on at a task whose stream was left", async () => {
    const request = message('{"chunks":7200,"intervalMs":5}');
    const items = probe.stream(transport, "SendStreamingMessage", request, "tokens");
    const { task } = (await items.next()).value as { task: Task };
    await items.return(undefined);
    const { id } = task;
    const cancelled = expect.objectContaining({ id, status: at("TASK_STATE_CANCELED") });
    expect(await probe.call(transport, "CancelTask", { id }, "tokens")).toEqual(success(transport, cancelled));
  });
});
