import { type Agent, AgentFailed } from "./agent.ts";

const longestStream = 100_000;
const longestIntervalMs = 60_000;
const largestChunkBytes = 64 * 1024;

/**
 * Streams `token-0`, `token-1`, … The message says how many and how fast, `{"chunks":8,"intervalMs":5}`, and may say how
 * large each is at least: `"sizeBytes":1024` fills it up with dots.
 */
export const tokens: Agent = {
  name: "tokens",
  description: 'Streams numbered tokens; the message is JSON: {"chunks":8,"intervalMs":5}.',
  answer(text) {
    const { chunks, intervalMs, sizeBytes } = parse(text);
    return { chunks: numbered(chunks, sizeBytes), intervalMs };
  },
};

function* numbered(count: number, sizeBytes: number): Iterable<string> {
  for (let n = 0; n < count; n++) yield `token-${n}`.padEnd(sizeBytes, ".");
}

function parse(text: string): { chunks: number; intervalMs: number; sizeBytes: number } {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new AgentFailed('tokens expects JSON like {"chunks":8,"intervalMs":5}, got text that is not JSON');
  }
  const { chunks, intervalMs = 0, sizeBytes = 0 } = (value ?? {}) as Readonly<Record<string, unknown>>;
  return {
    chunks: whole("chunks", chunks, longestStream),
    intervalMs: whole("intervalMs", intervalMs, longestIntervalMs),
    sizeBytes: whole("sizeBytes", sizeBytes, largestChunkBytes),
  };
}

function whole(name: string, value: unknown, most: number): number {
  if (typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= most) return value;
  throw new AgentFailed(`tokens expects ${name} to be a whole number from 0 to ${most}`);
}
