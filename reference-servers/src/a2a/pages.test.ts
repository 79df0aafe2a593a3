import { describe, expect, it } from "vitest";
import { pageOf } from "./pages.ts";
import { type ListRequest, readListRequest } from "./requests.ts";
import type { A2aWork } from "./views.ts";

const id = (n: number): string => `00000000-0000-4000-8000-${String(n).padStart(12, "0")}`;
const time = (second: number): string => new Date(Date.UTC(2026, 0, 1, 0, 0, second)).toISOString();

function work(n: number, more: Partial<A2aWork> = {}): A2aWork {
  return {
    id: id(n),
    agent: "echo",
    contextId: "c",
    input: "",
    source: undefined,
    state: "working",
    output: [],
    error: null,
    createdAt: time(n),
    finishedAt: null,
    ...more,
  };
}

const asked = (more: object = {}): ListRequest => readListRequest(more);
const ids = (all: readonly A2aWork[], request: ListRequest): string[] =>
  pageOf(all, request).tasks.map((task) => task.id);

describe("pageOf", () => {
  it("puts the last changed first", () => {
    const all = [work(1), work(2), work(3, { createdAt: time(0), finishedAt: time(9), state: "completed" })];
    expect(ids(all, asked())).toEqual([id(3), id(2), id(1)]);
  });

  it.each<[string, object, number[]]>([
    ["context", { contextId: "d" }, [2]],
    ["state", { status: "TASK_STATE_CANCELED" }, [3]],
    ["no state", { status: "TASK_STATE_UNSPECIFIED" }, [3, 2, 1]],
    ["time, itself included", { statusTimestampAfter: time(2) }, [3, 2]],
    ["a time of another zone", { statusTimestampAfter: "2026-01-01T01:00:02+01:00" }, [3, 2]],
    ["all of them", { contextId: "d", status: "TASK_STATE_CANCELED" }, []],
  ])("filters by %s", (_name, request, expected) => {
    const all = [work(1), work(2, { contextId: "d" }), work(3, { state: "cancelled" })];
    expect(ids(all, asked(request))).toEqual(expected.map(id));
    expect(pageOf(all, asked(request)).totalSize).toBe(expected.length);
  });

  it("goes through all pages, though tasks come and go and share a time", () => {
    const all = Array.from({ length: 7 }, (_, n) => work(n, { createdAt: time(Math.floor(n / 3)) }));
    const first = pageOf(all, asked({ pageSize: 3 }));
    const changed = [...all.filter((one) => one.id !== first.tasks[2]?.id), work(99)];
    const second = pageOf(changed, asked({ pageSize: 3, pageToken: first.nextPageToken }));
    const third = pageOf(changed, asked({ pageSize: 3, pageToken: second.nextPageToken }));
    const seen = [first, second, third].flatMap((page) => page.tasks.map((task) => task.id));
    expect(seen).toEqual([6, 5, 4, 3, 2, 1, 0].map(id));
    expect(third.nextPageToken).toBe("");
  });

  it("has no next page when the last is full", () => {
    expect(pageOf([work(1), work(2)], asked({ pageSize: 2 })).nextPageToken).toBe("");
    expect(pageOf([], asked())).toEqual({ tasks: [], nextPageToken: "", pageSize: 50, totalSize: 0 });
  });
});
