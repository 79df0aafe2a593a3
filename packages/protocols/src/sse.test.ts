import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatSse, parseSse, readSse, type SseEvent } from "./sse.ts";

async function* pieces(bytes: Uint8Array, cuts: readonly number[]): AsyncIterable<Uint8Array> {
  const places = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
  for (const [n, start] of places.entries()) yield bytes.subarray(start, places[n + 1]);
}

async function parse(text: string, cuts: readonly number[] = [], most = 1000): Promise<SseEvent[]> {
  const events: SseEvent[] = [];
  const expectSize = (size: number): void => {
    if (size > most) throw new RangeError(`${size} after ${events.length} events`);
  };
  for await (const event of parseSse(pieces(Buffer.from(text), cuts), expectSize)) events.push(event);
  return events;
}

describe("parseSse", () => {
  it.each([
    ["data: a\n\n", 0],
    [": keep-alive\n\n: again\n\ndata: a\n\n", 2],
    [": beside an event\ndata: a\n\n\n\n", 0],
    ["id: 1\n\nevent: x\n\n: cut off", 2],
  ])("tells of what is no event: %j", async (text, times) => {
    for (const cuts of [[], [3, 9]]) {
      let silent = 0;
      const told = (): void => void silent++;
      for await (const _ of parseSse(pieces(Buffer.from(text), cuts), () => undefined, told));
      expect(silent).toBe(times);
    }
  });

  it.each<[string, string, SseEvent[]]>([
    ["one line", "data: a\n\n", [{ event: "message", data: "a" }]],
    ["no space after the colon", "data:a\n\n", [{ event: "message", data: "a" }]],
    ["only one space is dropped", "data:  a\n\n", [{ event: "message", data: " a" }]],
    ["several lines", "data: a\ndata:\ndata: b\n\n", [{ event: "message", data: "a\n\nb" }]],
    ["a name", "event: error\ndata: a\n\n", [{ event: "error", data: "a" }]],
    ["an empty name", "event:\ndata: a\n\n", [{ event: "message", data: "a" }]],
    [
      "the name is for one event",
      "event: x\ndata: a\n\ndata: b\n\n",
      [
        { event: "x", data: "a" },
        { event: "message", data: "b" },
      ],
    ],
    ["a field without a colon", "data\n\n", [{ event: "message", data: "" }]],
    ["a field of another name", "database: a\nevents: b\ndata: c\n\n", [{ event: "message", data: "c" }]],
    ["comments, ids and retry times", ": hi\nid: 1\nretry: 2\ndata: a\n\n", [{ event: "message", data: "a" }]],
    ["an event without data", "event: x\n\ndata: a\n\n", [{ event: "message", data: "a" }]],
    ["CRLF", "event: x\r\ndata: a\r\ndata: b\r\n\r\n", [{ event: "x", data: "a\nb" }]],
    [
      "CR",
      "data: a\r\rdata: b\r\n\r\n",
      [
        { event: "message", data: "a" },
        { event: "message", data: "b" },
      ],
    ],
    ["a byte order mark", "\ufeffdata: a\n\n", [{ event: "message", data: "a" }]],
    ["an event that is cut off", "data: a\n\ndata: b\n", [{ event: "message", data: "a" }]],
    ["nothing", "", []],
  ])("reads %s, whole and byte by byte", async (_name, text, events) => {
    expect(await parse(text)).toEqual(events);
    const everywhere = Array.from({ length: Buffer.byteLength(text) }, (_, n) => n);
    expect(await parse(text, everywhere)).toEqual(events);
    expect(readSse(text)).toEqual(events);
  });

  it("reads what formatSse writes, with any line ends, split anywhere", async () => {
    const data = fc.string({ unit: "grapheme" }).map((text) => text.replace(/[\r\n]+/g, "\n"));
    const written = fc.array(fc.record({ data, event: fc.constantFrom(undefined, "error") }));
    const property = fc.asyncProperty(
      written,
      fc.constantFrom("\n", "\r\n"),
      fc.array(fc.nat(), { maxLength: 20 }),
      async (events, end, cuts) => {
        const text = events.map((event) => formatSse(event.data, event.event)).join("");
        const expected = events.map((event) => ({ event: event.event ?? "message", data: event.data }));
        expect(await parse(text.replaceAll("\n", end), cuts)).toEqual(expected);
      },
    );
    await fc.assert(property, { numRuns: 500 });
  });

  it.each([
    ["a line that does not end", `data: a\n\ndata: ${"b".repeat(4000)}`],
    ["an event that does not end", `data: a\n\n${"data: b\n".repeat(500)}`],
    ["a comment that does not end", `data: a\n\n:${"c".repeat(4000)}`],
  ])("gives the size of %s while it grows", async (_name, text) => {
    const everywhere = Array.from({ length: text.length }, (_, n) => n);
    await expect(parse(text, everywhere)).rejects.toThrow("1001 after 1 events");
    await expect(parse(text)).rejects.toThrow(" after 1 events");
  });

  it("counts each event for itself, comments and line ends not", async () => {
    const text = `: hello\r\nevent: x\r\ndata: 1234\r\n\r\n`.repeat(500);
    expect(await parse(text, [7], 10 + 20)).toHaveLength(500);
    const ofLongLines = formatSse(Array.from({ length: 5 }, () => "d".repeat(94)).join("\n"));
    expect(await parse(ofLongLines.repeat(3), [], 500)).toHaveLength(3);
    await expect(parse(ofLongLines.repeat(3), [], 499)).rejects.toThrow("500 after 0 events");
  });

  it("puts a line of very many pieces together", async () => {
    const data = Array.from({ length: 5000 }, (_, n) => String.fromCodePoint(0x4e00 + n)).join("");
    const text = formatSse(data);
    const everywhere = Array.from({ length: Buffer.byteLength(text) }, (_, n) => n);
    expect(await parse(text, everywhere, 5006)).toEqual([{ event: "message", data }]);
  });
});

describe("formatSse", () => {
  it.each([
    ["a", undefined, "data: a\n\n"],
    ["", undefined, "data: \n\n"],
    ["a", "error", "event: error\ndata: a\n\n"],
    ["a\nb\r\nc\rd", undefined, "data: a\ndata: b\ndata: c\ndata: d\n\n"],
  ])("writes %j", (data, event, text) => {
    expect(formatSse(data, event)).toBe(text);
  });
});
