import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FrameReader, frameHeaderBytes, writeFrameHeader } from "./h2-frames.ts";

interface Frame {
  readonly type: number;
  readonly flags: number;
  readonly id: number;
  readonly payload: string;
}

function reader(): { readonly frames: Frame[]; push(bytes: Buffer): void } {
  const frames: Frame[] = [];
  const reading = new FrameReader({
    frame: (type, flags, id, bytes, start, end) =>
      frames.push({ type, flags, id, payload: bytes.toString("latin1", start, end) }),
  });
  return {
    frames,
    push(bytes) {
      // As a socket does: the same memory each time, with other things behind.
      const landing = Buffer.alloc(bytes.length + 20, 0xff);
      bytes.copy(landing);
      reading.push(landing, bytes.length);
      landing.fill(0xee);
    },
  };
}

function written({ type, flags, id, payload }: Frame): Buffer {
  const bytes = Buffer.alloc(frameHeaderBytes + payload.length);
  bytes.write(payload, writeFrameHeader(bytes, 0, payload.length, type, flags, id), "latin1");
  return bytes;
}

const frame: fc.Arbitrary<Frame> = fc.record({
  type: fc.nat(255),
  flags: fc.nat(255),
  id: fc.nat(2 ** 31 - 1),
  payload: fc
    .tuple(fc.oneof(fc.nat(30), fc.nat(16_384)), fc.nat(255))
    .map(([n, code]) => String.fromCharCode(code).repeat(n)),
});

describe("FrameReader", () => {
  it("reads what writeFrameHeader writes, split anywhere", () => {
    fc.assert(
      fc.property(fc.array(frame, { maxLength: 6 }), fc.array(fc.nat(40_000), { maxLength: 12 }), (given, cuts) => {
        const { frames, push } = reader();
        const bytes = Buffer.concat(given.map(written));
        let at = 0;
        for (const cut of [...cuts.sort((a, b) => a - b), bytes.length]) {
          const to = Math.min(cut, bytes.length);
          push(bytes.subarray(at, to));
          at = to;
        }
        expect(frames).toEqual(given);
      }),
    );
  });

  it("reads byte by byte", () => {
    const { frames, push } = reader();
    const given = [
      { type: 4, flags: 0, id: 0, payload: "" },
      { type: 0, flags: 1, id: 2 ** 31 - 1, payload: "x".repeat(2000) },
      { type: 1, flags: 4, id: 1, payload: "y" },
    ];
    for (const byte of Buffer.concat(given.map(written))) push(Buffer.of(byte));
    expect(frames).toEqual(given);
  });

  it("ignores the reserved bit", () => {
    const { frames, push } = reader();
    push(Buffer.from("000000060080000007", "hex"));
    expect(frames).toEqual([{ type: 6, flags: 0, id: 7, payload: "" }]);
  });

  it.each([
    ["a frame that is too large", Buffer.from("004001000000000001", "hex"), "got one of 16385 bytes"],
    ["HTTP/1.1", Buffer.from("HTTP/1.1 400 Bad Request\r\n\r\n"), "got an HTTP/1 reply"],
  ])("takes %s for protocol with its ninth byte", (_, bytes, message) => {
    const { frames, push } = reader();
    for (const byte of bytes.subarray(0, 8)) push(Buffer.of(byte));
    expect(() => push(bytes.subarray(8, 9))).toThrow(message);
    expect(() => reader().push(bytes)).toThrow(expect.objectContaining({ kind: "protocol" }));
    expect(frames).toEqual([]);
  });
});
