import type { ListTasksResponse, Task } from "@apb/protocols/a2a";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { transports } from "../testing/a2a/outcome.ts";
import { openProbe, type Probe } from "../testing/a2a/probe.ts";

let probe: Probe;
/** Three tasks of one context: the first is at work, the second was cancelled and the third has ended. */
let ids: readonly string[];
beforeAll(async () => {
  probe = await openProbe();
  const endless = '{"chunks":7200,"intervalMs":1000}';
  ids = [await start(endless, "c1"), await start(endless, "c1"), await start('{"chunks":2}', "c1")];
  await start(endless, "c2");
  await probe.call("rest", "CancelTask", { id: ids[1] }, "tokens");
});
afterAll(() => probe[Symbol.asyncDispose]());

async function start(text: string, contextId: string): Promise<string> {
  const message = { messageId: "m1", role: "ROLE_USER", parts: [{ text }], contextId };
  const request = { message, configuration: { returnImmediately: true } };
  const { answer } = await probe.call("rest", "SendMessage", request, "tokens");
  return (answer as { task: Task }).task.id;
}

describe.each(transports)("over %s", (transport) => {
  /** What protobuf leaves out because it is empty is put back. */
  async function list(request: object, agent = "tokens"): Promise<ListTasksResponse> {
    const { answer } = await probe.call(transport, "ListTasks", request, agent);
    return { ...{ tasks: [], nextPageToken: "", totalSize: 0 }, ...(answer as ListTasksResponse) };
  }
  const found = async (request: object, agent?: string): Promise<readonly string[]> =>
    (await list(request, agent)).tasks.map(({ id }) => id).sort();

  it("shows 50 a page unless told otherwise, and its own agent's tasks only", async () => {
    expect(await list({ contextId: "c1" })).toMatchObject({ pageSize: 50, totalSize: 3, nextPageToken: "" });
    expect(await list({}, "echo")).toEqual({ tasks: [], nextPageToken: "", pageSize: 50, totalSize: 0 });
  });

  it("filters by context, state and time", async () => {
    const [working, cancelled] = ids;
    expect(await found({ contextId: "c1" })).toEqual([...ids].sort());
    expect(await found({ contextId: "c1", status: "TASK_STATE_WORKING" })).toEqual([working]);
    expect(await found({ contextId: "c1", status: "TASK_STATE_CANCELED" })).toEqual([cancelled]);
    expect(await found({ contextId: "c1", status: "TASK_STATE_REJECTED" })).toEqual([]);
    expect(await found({ contextId: "c3" })).toEqual([]);
    expect(await found({ contextId: "c1", statusTimestampAfter: "2020-01-01T00:00:00Z" })).toEqual([...ids].sort());
    expect(await found({ contextId: "c1", statusTimestampAfter: "2999-01-01T00:00:00Z" })).toEqual([]);
  });

  it.each([1, 2, 3, 100])("goes through all pages of %i, the last changed first", async (pageSize) => {
    const seen: Task[] = [];
    for (let pageToken = ""; ; ) {
      const page = await list({ contextId: "c1", pageSize, pageToken });
      expect(page).toMatchObject({ pageSize, totalSize: 3 });
      expect(page.tasks.length).toBeLessThanOrEqual(pageSize);
      seen.push(...page.tasks);
      pageToken = page.nextPageToken;
      if (pageToken === "") break;
    }
    expect(seen.map(({ id }) => id).sort()).toEqual([...ids].sort());
    const times = seen.map(({ status }) => status.timestamp ?? "");
    expect(times).toEqual([...times].sort().reverse());
  });

  it("shows artifacts and history as they are asked for", async () => {
    const ended = { contextId: "c1", status: "TASK_STATE_COMPLETED" };
    const only = async (more: object): Promise<Task | undefined> => (await list({ ...ended, ...more })).tasks[0];
    const parts = [{ text: "token-0" }, { text: "token-1" }];
    expect((await only({ includeArtifacts: true }))?.artifacts).toEqual([{ artifactId: "answer", parts }]);
    expect(await only({})).not.toHaveProperty("artifacts");
    expect(await only({ includeArtifacts: false })).not.toHaveProperty("artifacts");
    expect((await only({}))?.history).toHaveLength(1);
    expect((await only({ historyLength: 1 }))?.history).toHaveLength(1);
    expect(await only({ historyLength: 0 })).not.toHaveProperty("history");
  });
});
