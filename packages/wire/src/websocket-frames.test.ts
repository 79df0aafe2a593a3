import { usualMaxReplyBytes } from "@apb/core/binding";
import { Failure } from "@apb/core/failure";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FrameReader } from "./websocket-frames.ts";

/** What a reader passes on, or the kind of failure and the code to close with at its end. Other errors are thrown. */
function read(pieces: readonly Buffer[], maxReplyBytes = usualMaxReplyBytes): unknown[] {
  const heard: unknown[] = [];
  const reader = new FrameReader(
    {
      message: (data) => heard.push(data),
      ping: (payload) => heard.push(["ping", payload.toString("hex")]),
      close: (code, reason) => heard.push(["close", code, reason]),
    },
    maxReplyBytes,
  );
  const landing = Buffer.alloc(256 * 1024);
  try {
    for (const piece of pieces) {
      landing.fill(0x81);
      piece.copy(landing, 3);
      reader.read(landing, 3, 3 + piece.length);
    }
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    heard.push([error.kind, reader.violation]);
  }
  return heard;
}

function readHex(hex: string): unknown[] {
  return read([Buffer.from(hex.replaceAll(" ", ""), "hex")]);
}

/** A server's frame; `first` is FIN and the opcode. */
function frame(first: number, payload: Buffer | string): Buffer {
  const bytes = Buffer.from(payload);
  const { length } = bytes;
  const header = Buffer.alloc(length < 126 ? 2 : length < 65_536 ? 4 : 10);
  header[0] = first;
  header[1] = length < 126 ? length : length < 65_536 ? 126 : 127;
  if (header.length === 4) header.writeUInt16BE(length, 2);
  if (header.length === 10) header.writeBigUInt64BE(BigInt(length), 2);
  return Buffer.concat([header, bytes]);
}

const hex = (text: string): string => Buffer.from(text).toString("hex");

describe("frames", () => {
  it.each([
    ["text", "8102 6869", ["hi"]],
    ["empty text", "8100", [""]],
    ["text beyond the basic plane", `8104 ${hex("🤖")}`, ["🤖"]],
    ["the character that replaces others, sent as itself", "8103 efbfbd", ["\ufffd"]],
    ["a mark of the byte order", "8104 efbbbf 61", ["\ufeffa"]],
    ["bytes", "8202 00ff", [Buffer.from([0, 255])]],
    ["no bytes", "8200", [Buffer.alloc(0)]],
    ["several in one read", "8101 61 8101 62 8100", ["a", "b", ""]],
    ["fragments", "0101 68 0000 8001 69", ["hi"]],
    ["fragments that cut a character", "0102 f09f 8002 a496", ["🤖"]],
    ["fragments of bytes", "0201 00 8001 ff", [Buffer.from([0, 255])]],
    ["a ping and a pong between fragments", "0101 68 8902 abcd 8a00 8001 69", [["ping", "abcd"], "hi"]],
    ["a close without a code", "8800", [["close", 1005, ""]]],
    ["a close with a code", "8802 03e8", [["close", 1000, ""]]],
    ["a close with a reason", `8805 0bb8 ${hex("bye")}`, [["close", 3000, "bye"]]],
    ["nothing after a close", "8800 8101 61 ffff", [["close", 1005, ""]]],
  ])("can be %s", (_name, text, expected) => {
    expect(readHex(text)).toEqual(expected);
  });

  it.each([0, 1, 125, 126, 127, 65_535, 65_536, 200_000])("can have %i bytes", (length) => {
    const payload = Buffer.alloc(length, "ab");
    const whole = Buffer.concat([frame(0x82, payload), frame(0x81, "end")]);
    expect(read([whole])).toEqual([payload, "end"]);
    expect(read([whole.subarray(0, 1), whole.subarray(1, 9), whole.subarray(9)])).toEqual([payload, "end"]);
  });

  it.each([
    ["a reserved bit", "c100", 1002],
    ["a masked frame", "8180 00000000", 1002],
    ["an unknown opcode of data", "8300", 1002],
    ["an unknown opcode of control", "8b00", 1002],
    ["a continuation of nothing", "8000", 1002],
    ["a message inside another", "0101 68 8101 69", 1002],
    ["a ping in fragments", "0900", 1002],
    ["a ping of 126 bytes", "897e 007e", 1002],
    ["a length of 16 bits that fits into 7", "817e 007d", 1002],
    ["a length of 64 bits that fits into 16", "817f 000000000000ffff", 1002],
    ["a length with its highest bit set", "817f 8000000000010000", 1002],
    ["a close of one byte", "8801 03", 1002],
    ["a close with a code nobody may send", "8802 03ee", 1002],
    ["a close with a code below all", "8802 0000", 1002],
    ["a close with a reason that is no UTF-8", "8803 03e8 ff", 1007],
    ["text that is no UTF-8", "8101 ff", 1007],
    ["half a character", "8102 f09f", 1007],
    ["a surrogate", "8103 eda080", 1007],
    ["a character in more bytes than it needs", "8102 c0af", 1007],
    ["fragments that are no UTF-8 together", "0102 f09f 8001 61", 1007],
  ])("must not be %s", (_name, text, code) => {
    expect(readHex(text)).toEqual([["protocol", code]]);
    expect(readHex(`8101 61 ${text}`)).toEqual(["a", ["protocol", code]]);
  });
});

/** One message in any fragments, with pings between them. */
const message = fc
  .tuple(
    fc.constantFrom(1, 2),
    fc.array(fc.string({ unit: "binary", maxLength: 100 }), { minLength: 1, maxLength: 4 }),
    fc.boolean(),
  )
  .map(([opcode, texts, pinged]) =>
    Buffer.concat(
      texts.flatMap((text, n) => {
        const first = (n === 0 ? opcode : 0) | (n === texts.length - 1 ? 0x80 : 0);
        return [frame(first, text), ...(pinged ? [frame(0x89, `${n}`)] : [])];
      }),
    ),
  );
const stream = fc.array(message, { minLength: 1, maxLength: 5 }).map((messages) => Buffer.concat(messages));
const cuts = fc.array(fc.nat(), { maxLength: 10 });

function split(bytes: Buffer, positions: readonly number[]): Buffer[] {
  const ends = [...positions.map((position) => position % bytes.length), bytes.length].sort((a, b) => a - b);
  return ends.map((end, n) => bytes.subarray(ends[n - 1] ?? 0, end));
}

describe("any frames", () => {
  it("say the same however they are split", () => {
    fc.assert(
      fc.property(stream, cuts, (bytes, positions) => {
        const whole = read([bytes]);
        expect(whole).not.toContainEqual(["protocol", expect.any(Number)]);
        expect(read(split(bytes, positions))).toEqual(whole);
      }),
      { numRuns: 500 },
    );
  });

  it("with a wrong byte say something or are an error of the protocol, and however they are split the same", () => {
    fc.assert(
      fc.property(stream, fc.nat(), fc.integer({ min: 1, max: 255 }), cuts, (bytes, at, change, positions) => {
        const wrong = Buffer.from(bytes);
        wrong.writeUInt8(wrong.readUInt8(at % wrong.length) ^ change, at % wrong.length);
        expect(read(split(wrong, positions))).toEqual(read([wrong]));
      }),
      { numRuns: 2000 },
    );
  });
});
