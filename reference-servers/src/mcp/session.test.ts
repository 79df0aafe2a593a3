import { describe, expect, it } from "vitest";
import { beginSession, type Session, type SessionService } from "./session.ts";
import { CallRefused, type Outlet, type SessionCall } from "./session-call.ts";

const agreed = { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "c", version: "1" } };

/** A service whose methods show what a session offers to them. */
const service: SessionService = {
  capabilities: { tools: {} },
  methods: new Map<string, (call: SessionCall) => string | Promise<string>>([
    ["echo", ({ params }) => JSON.stringify(params)],
    ["fail", () => Promise.reject(new CallRefused(-1, "no", { why: 1 }))],
    [
      "refuse",
      () => {
        throw new CallRefused(-32602, "bad");
      },
    ],
    ["wait", ({ signal }) => new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)))],
    [
      "progress",
      async (call) => {
        call.notify("notifications/progress", { progress: 1 });
        return JSON.stringify(await call.request("sampling/createMessage", { of: "it" }));
      },
    ],
  ]),
  notified: (session, method) => session.notify("heard", { method }),
};

const begin = (): Session => beginSession(service, agreed) as Session;

/** Asks for one method; `said` is all that was said of it, `null` an end without an answer. */
function ask(session: Session, method: string, params?: unknown, id: string | number = 7) {
  const said: unknown[] = [];
  const parse = (message: string | null): undefined => {
    said.push(message === null ? null : JSON.parse(message));
  };
  const done = session.answer({ id, method, params }, { send: parse, end: parse });
  return { said, done };
}

const result = (value: unknown): object => ({ jsonrpc: "2.0", id: 7, result: value });
const error = (code: number, message: string, data?: object): object => ({
  jsonrpc: "2.0",
  id: 7,
  error: data === undefined ? { code, message } : { code, message, data },
});

describe("a session", () => {
  it("says what it is", () => {
    expect(JSON.parse(begin().greeting)).toEqual({
      protocolVersion: "2025-11-25",
      capabilities: { tools: {} },
      serverInfo: { name: "agent-protocol-bench-reference", version: "0.1.0" },
    });
    expect(beginSession(service, {})).toBe("expected protocolVersion to be a string");
  });

  it.each<[method: string, params: unknown, answer: object]>([
    ["ping", undefined, result({})],
    ["echo", { a: 1 }, result({ a: 1 })],
    ["echo", undefined, result({})],
    ["echo", [1], error(-32602, "expected the params to be an object")],
    ["refuse", {}, error(-32602, "bad")],
    ["fail", {}, error(-1, "no", { why: 1 })],
    ["initialize", agreed, error(-32600, "the session is initialized already")],
    ["no/such", {}, error(-32601, 'unknown method "no/such"')],
  ])("answers %s %j", async (method, params, answer) => {
    const { said, done } = ask(begin(), method, params);
    await done;
    expect(said).toEqual([answer]);
  });

  it("lets a call tell and ask its client on its own stream", async () => {
    const session = begin();
    const { said, done } = ask(session, "progress");
    expect(said).toEqual([
      { jsonrpc: "2.0", method: "notifications/progress", params: { progress: 1 } },
      { jsonrpc: "2.0", id: 1, method: "sampling/createMessage", params: { of: "it" } },
    ]);
    session.receive({ kind: "result", id: 99, result: "nobody asked" });
    session.receive({ kind: "result", id: 1, result: { role: "assistant" } });
    await done;
    expect(said[2]).toEqual(result({ role: "assistant" }));
  });

  it("hands a client's refusal to the call that asked", async () => {
    const session = begin();
    const { said, done } = ask(session, "progress");
    session.receive({ kind: "error", id: 1, error: { code: -1, message: "User rejected" } });
    await done;
    expect(said[2]).toEqual(error(-1, "User rejected"));
  });

  it.each<[string, (session: Session) => void]>([
    ["by its notification", (session) => notify(session, "notifications/cancelled", { requestId: 7 })],
    ["by its transport", (session) => session.cancel(7)],
    ["by closing", (session) => session.close()],
  ])("gives calls up %s, without an answer", async (_name, give) => {
    const session = begin();
    const waiting = ask(session, "wait");
    const asking = ask(session, "progress", {}, "7");
    expect(session.busy).toBe(true);
    give(session);
    notify(session, "notifications/cancelled", { requestId: "7" });
    await Promise.all([waiting.done, asking.done]);
    expect([waiting.said, asking.said.slice(2)]).toEqual([[null], [null]]);
    expect(session.busy).toBe(false);
    session.receive({ kind: "result", id: 1, result: "too late" });
  });

  it("overlooks the cancelling of what it does not know", () => {
    const session = begin();
    for (const requestId of [1, "x", null, undefined]) notify(session, "notifications/cancelled", { requestId });
    expect(ask(session, "ping").said).toEqual([result({})]);
  });

  it("has one listener at a time for what nobody asked", () => {
    const session = begin();
    const heard: unknown[] = [];
    notify(session, "notifications/initialized");
    const listener: Outlet = {
      send(message) {
        heard.push(JSON.parse(message));
        return undefined;
      },
      end: () => heard.push("end"),
    };
    expect([session.listen(listener), session.listen(listener), session.busy]).toEqual([true, false, true]);
    notify(session, "notifications/roots/list_changed");
    session.unlisten();
    session.notify("unheard");
    session.listen(listener);
    session.close();
    session.notify("unheard");
    expect(heard).toEqual([
      { jsonrpc: "2.0", method: "heard", params: { method: "notifications/roots/list_changed" } },
      "end",
    ]);
  });
});

function notify(session: Session, method: string, params?: object): void {
  session.receive({ kind: "notification", method, params });
}
