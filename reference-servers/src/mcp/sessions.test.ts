import { expect, it } from "vitest";
import { beginSession, Session, type SessionService } from "./session.ts";
import { Sessions } from "./sessions.ts";

const service: SessionService = {
  capabilities: {},
  methods: new Map([["wait", () => new Promise<string>(() => undefined)]]),
};
const params = { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "c", version: "1" } };
const session = (): Session => beginSession(service, params) as Session;

function some(generation: number, keptMs = 1000) {
  const clock = { nowMs: 0 };
  return { clock, sessions: new Sessions({ generation, keptMs, now: () => clock.nowMs }) };
}

it("keeps sessions under ids of their own until they are ended", () => {
  const { sessions } = some(10);
  const [first, second] = [session(), session()];
  const ids = [sessions.add(first), sessions.add(second)] as const;
  expect(ids[0]).toMatch(/^[!-~]{36}$/);
  expect(ids.map((id) => sessions.get(id))).toEqual([first, second]);
  expect([sessions.end(ids[0]), sessions.end(ids[0]), sessions.get(ids[0])]).toEqual([true, false, undefined]);
  expect(sessions.get(ids[1])).toBe(second);
});

it("ends those that nobody has used for longest when there are too many", () => {
  const { sessions } = some(2);
  const [used, unused] = [sessions.add(session()), sessions.add(session())];
  for (let n = 0; n < 5; n++) {
    sessions.add(session());
    expect(sessions.get(used)).toBeInstanceOf(Session);
  }
  expect(sessions.get(unused)).toBeUndefined();
});

it("ends those that nobody has used for a while", () => {
  const { clock, sessions } = some(100);
  const id = sessions.add(session());
  const later = (nowMs: number): void => {
    clock.nowMs = nowMs;
    sessions.add(session());
  };
  later(999);
  later(1000);
  expect(sessions.get(id)).toBeInstanceOf(Session);
  later(2000);
  later(2999);
  expect(sessions.get(id)).toBeInstanceOf(Session);
  later(3000);
  later(4000);
  expect(sessions.get(id)).toBeUndefined();
});

it("keeps those that are busy, however old", () => {
  const { sessions } = some(1);
  const [calling, listening] = [session(), session()];
  const ends: (string | null)[] = [];
  void calling.answer(
    { id: 1, method: "wait", params: {} },
    { send: () => undefined, end: (message) => ends.push(message) },
  );
  listening.listen({ send: () => undefined, end: () => undefined });
  const ids = [sessions.add(calling), sessions.add(listening)];
  for (let n = 0; n < 10; n++) sessions.add(session());
  expect(ids.map((id) => sessions.get(id))).toEqual([calling, listening]);
  sessions.close();
  expect(ends).toEqual([null]);
});
