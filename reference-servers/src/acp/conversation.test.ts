import { describe, expect, it } from "vitest";
import { Agents } from "../agents/agents.ts";
import { Conversation } from "./conversation.ts";
import { AcpService } from "./service.ts";

const run = (id: number, agent: string, content: string, mode = "sync"): string =>
  JSON.stringify({
    id,
    op: "run",
    request: { agent_name: agent, input: [{ role: "user", parts: [{ content }] }], mode },
  });

/** Lets everything that is ready run. */
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe("Conversation", () => {
  it("makes no more of a stream than there is room for", async () => {
    const sent: string[] = [];
    const waiting: (() => void)[] = [];
    const conversation = new Conversation(new AcpService(new Agents()), {
      send: (frame) => sent.push(frame),
      room: () => new Promise((resolve) => waiting.push(resolve)),
    });
    conversation.receive(run(1, "tokens", '{"chunks":3}', "stream"));
    for (let frames = 1; frames <= 8; frames++) {
      await turn();
      expect(sent).toHaveLength(frames);
      expect(waiting).toHaveLength(1);
      waiting.pop()?.();
    }
    await turn();
    expect(sent.at(-1)).toBe('{"id":1,"end":true}');
  });

  it("refuses what is more than it can keep in mind, and stops all of it with the connection", async () => {
    const agents = new Agents({ delayMs: 3_600_000, workMs: 0 });
    const sent: string[] = [];
    const conversation = new Conversation(new AcpService(agents), {
      send: (frame) => sent.push(frame),
      room: () => undefined,
    });
    for (let id = 0; id < 10_000; id++) conversation.receive(run(id, "echo", "x"));
    expect(sent).toEqual([]);
    conversation.receive(run(10_000, "echo", "x"));
    conversation.receive(run(10_001, "echo", "x", "stream"));
    expect(sent).toMatchObject([
      expect.stringMatching(/^\{"id":10000,"error":\{"code":"server_error"/),
      expect.stringMatching(/^\{"id":10001,"error":\{"code":"server_error"/),
    ]);
    conversation.close();
    await turn();
    expect(sent).toHaveLength(2);
  });
});
