import { expect, it } from "vitest";
import { Agents } from "../agents/agents.ts";
import { AcpService } from "./service.ts";

const order = { agent: "echo", text: "x", mode: "stream", sessionId: null } as const;

it("tells a slow reader the end of its run, though others have taken its place among the finished", async () => {
  const service = new AcpService(new Agents());
  const events = service.events(service.start(order))[Symbol.asyncIterator]();
  const types: string[] = [];
  const next = async (): Promise<void> => {
    types.push(JSON.parse((await events.next()).value).type);
  };
  for (let n = 0; n < 4; n++) await next();
  for (let n = 0; n < 1001; n++) for await (const _ of service.events(service.start(order)));
  await next();
  await next();
  expect(types.slice(-3)).toEqual(["message.part", "message.completed", "run.completed"]);
  expect((await events.next()).done).toBe(true);
});

it("answers a completed run with the JSON that its members would make", () => {
  const service = new AcpService(new Agents());
  const text = '"quotes" and\n\u0000';
  const run = service.run({ ...order, text }, () => expect.unreachable());
  const { json } = run as Awaited<typeof run>;
  expect(JSON.stringify(JSON.parse(json))).toBe(json);
  expect(JSON.parse(json).output[0].parts[0].content).toBe(text);
});
