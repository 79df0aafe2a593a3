import { Failure } from "@apb/core/failure";
import { agentsAddress, clientName } from "@apb/protocols/slim-agents";
import { afterEach, expect, it, vi } from "vitest";
import { Conversation, type SlimCodec } from "./conversation.ts";

afterEach(() => {
  vi.useRealTimers();
});

it("that has no carrier fails as the carrier did, and holds no timer", async () => {
  vi.useFakeTimers();
  const decode = (): never => {
    throw new Error("nothing comes");
  };
  const silent = { encode: () => new Uint8Array(0), decode };
  const codec: SlimCodec = { message: silent, header: silent };
  const terms = {
    source: clientName(["1", "2"]),
    destination: agentsAddress(),
    sessionId: 1,
    timers: { timeout: 1000, maxRetries: 5 },
    maxReplyBytes: 1000,
  };
  const refused = new Failure("refused", "nobody listens");
  const events = { message: vi.fn(), closed: vi.fn() };
  const opening = Conversation.open(() => Promise.reject(refused), codec, terms, events, new AbortController().signal);
  await expect(opening).rejects.toBe(refused);
  expect(vi.getTimerCount()).toBe(0);
});
