import { once } from "node:events";
import http2 from "node:http2";
import net from "node:net";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FrameReader, frameType } from "./h2-frames.ts";
import { HeadReader } from "./h2-heads.ts";
import { HpackDecoder } from "./hpack-decoder.ts";
import { HpackEncoder } from "./hpack-encoder.ts";
import { entryBytes, type Field, staticTable } from "./hpack-static.ts";
import { loopback } from "./testing/loopback.ts";

function decode(decoder: HpackDecoder, hex: string): Field[] {
  const bytes = Buffer.from(hex, "hex");
  // Behind the block is what it must not read.
  return decoder.decode(Buffer.concat([Buffer.from([0x82]), bytes, Buffer.from([0x84])]), 1, 1 + bytes.length);
}

const request: Field[] = [
  [":method", "GET"],
  [":scheme", "http"],
  [":path", "/"],
  [":authority", "www.example.com"],
];
const thirdRequest: Field[] = [
  [":method", "GET"],
  [":scheme", "https"],
  [":path", "/index.html"],
  [":authority", "www.example.com"],
  ["custom-key", "custom-value"],
];
const response = (status: string, second: string): Field[] => [
  [":status", status],
  ["cache-control", "private"],
  ["date", `Mon, 21 Oct 2013 20:13:${second} GMT`],
  ["location", "https://www.example.com"],
];
const thirdResponse: Field[] = [
  ...response("200", "22"),
  ["content-encoding", "gzip"],
  ["set-cookie", "foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1"],
];
const requests = [request, [...request, ["cache-control", "no-cache"]], thirdRequest];
const responses = [response("302", "21"), response("307", "21"), thirdResponse];

describe("the decoder, on RFC 7541 Appendix C", () => {
  it.each<[string, string, Field]>([
    ["C.2.1", "400a637573746f6d2d6b65790d637573746f6d2d686561646572", ["custom-key", "custom-header"]],
    ["C.2.2", "040c2f73616d706c652f70617468", [":path", "/sample/path"]],
    ["C.2.3", "100870617373776f726406736563726574", ["password", "secret"]],
    ["C.2.4", "82", [":method", "GET"]],
  ])("%s", (_, hex, field) => {
    expect(decode(new HpackDecoder(), hex)).toEqual([field]);
  });

  it.each<[string, string[], readonly unknown[], number]>([
    [
      "C.3",
      [
        "828684410f7777772e6578616d706c652e636f6d",
        "828684be58086e6f2d6361636865",
        "828785bf400a637573746f6d2d6b65790c637573746f6d2d76616c7565",
      ],
      requests,
      4096,
    ],
    [
      "C.4",
      [
        "828684418cf1e3c2e5f23a6ba0ab90f4ff",
        "828684be5886a8eb10649cbf",
        "828785bf408825a849e95ba97d7f8925a849e95bb8e8b4bf",
      ],
      requests,
      4096,
    ],
    [
      "C.5",
      [
        "4803333032580770726976617465611d4d6f6e2c203231204f637420323031332032303a31333a323120474d546e1768747470733a2f2f7777772e6578616d706c652e636f6d",
        "4803333037c1c0bf",
        "88c1611d4d6f6e2c203231204f637420323031332032303a31333a323220474d54c05a04677a69707738666f6f3d4153444a4b48514b425a584f5157454f50495541585157454f49553b206d61782d6167653d333630303b2076657273696f6e3d31",
      ],
      responses,
      256,
    ],
    [
      "C.6",
      [
        "488264025885aec3771a4b6196d07abe941054d444a8200595040b8166e082a62d1bff6e919d29ad171863c78f0b97c8e9ae82ae43d3",
        "4883640effc1c0bf",
        "88c16196d07abe941054d444a8200595040b8166e084a62d1bffc05a839bd9ab77ad94e7821dd7f2e6c7b335dfdfcd5b3960d5af27087f3672c1ab270fb5291f9587316065c003ed4ee5b1063d5007",
      ],
      responses,
      256,
    ],
  ])("%s, on one connection", (_, blocks, lists, tableBytes) => {
    const decoder = new HpackDecoder(tableBytes);
    expect(blocks.map((hex) => decode(decoder, hex))).toEqual(lists);
  });
});

describe("the decoder", () => {
  it("has the 61 entries of the static table", () => {
    expect([staticTable.length, staticTable[0], staticTable[15], staticTable[60]]).toEqual([
      61,
      [":authority", ""],
      ["accept-encoding", "gzip, deflate"],
      ["www-authenticate", ""],
    ]);
  });

  it("reads integers as long as 1337 (C.1.2), where a table size has them", () => {
    expect(decode(new HpackDecoder(), "3f9a0a")).toEqual([]);
    expect(() => decode(new HpackDecoder(1336), "3f9a0a")).toThrow("got 1337");
  });

  it("makes room by size updates, and in an empty table for nothing", () => {
    const decoder = new HpackDecoder();
    const custom = "400a637573746f6d2d6b65790c637573746f6d2d76616c7565";
    expect(decode(decoder, `${custom}be`)).toHaveLength(2);
    // Down to nothing and up again: the entry is gone.
    expect(() => decode(decoder, "203fe11fbe")).toThrow("got 62");
    const small = new HpackDecoder(40);
    expect(decode(small, custom)).toHaveLength(1);
    expect(() => decode(small, "be")).toThrow("got 62");
  });

  it("tells by its version whether a block has changed its table", () => {
    const decoder = new HpackDecoder();
    const versions = ["82", "040c2f73616d706c652f70617468", "4001610162", "be", "20"].map((hex) => {
      decode(decoder, hex);
      return decoder.version;
    });
    expect(versions).toEqual([0, 0, 1, 1, 2]);
  });

  it.each([
    ["an index 0", "80"],
    ["an index of an empty table", "be"],
    ["a name of an empty table", "7e0161"],
    ["an integer without an end", "ff"],
    ["an integer that is too large", "ffffffffffffffff7f"],
    ["a name without a value", "400161"],
    ["a value that is cut off", "4001610561"],
    ["a size update after a field", "8220"],
    ["a size update that is too large", "3fe21f"],
    ["a Huffman code with EOS in it", "40016184ffffffff"],
    ["a Huffman code padded with zeros", "4001618118"],
    ["a Huffman code padded with an octet", "400161821fff"],
  ])("takes %s for protocol", (_, hex) => {
    expect(() => decode(new HpackDecoder(), hex)).toThrow(expect.objectContaining({ kind: "protocol" }));
  });

  it("reads what nghttp2 writes, every character it may", async () => {
    const characters = Array.from({ length: 256 }, (_, code) => String.fromCharCode(code)).filter(
      (one) => one === "\t" || (one >= " " && one !== "\x7f"),
    );
    // Surrounded by short codes, also the longest ones are worth a Huffman code.
    const values = characters.map((one) => `aaaaaaaa${one}${one}aaaaaaaaaaaaaaaa`);
    const server = http2.createServer((_, answer) => {
      answer.setHeader("x-values", values);
      answer.end();
    });
    await using there = await loopback(server);
    const fields = (await fieldsOf(there.url)).filter(([name]) => name === "x-values");
    expect(fields.map(([, value]) => value)).toEqual(values);
  });
});

/** The fields of the answer to a GET. */
async function fieldsOf(url: URL): Promise<readonly Field[]> {
  const socket = net.connect(Number(url.port), url.hostname);
  const settings = "000000040000000000";
  const get = "000006010500000001828684010161";
  socket.write("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
  socket.write(Buffer.from(settings + get, "hex"));
  const heads = new HeadReader<readonly Field[]>((fields) => fields);
  let found: readonly Field[] | null = null;
  const reader = new FrameReader({
    frame(type, flags, id, ...payload) {
      if (type === frameType.headers) found = heads.begin(flags, id, ...payload);
      if (type === frameType.continuation) found = heads.continue(flags, id, ...payload);
    },
  });
  while (found === null) {
    const [chunk] = (await once(socket, "data")) as [Buffer];
    reader.push(chunk, chunk.length);
  }
  socket.destroy();
  return found;
}

const text = fc.string({ unit: fc.integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code)) });
const field: fc.Arbitrary<Field> = fc.oneof(
  fc.tuple(fc.constantFrom("a", "b", "te", ":path"), fc.constantFrom("", "x", "/", "y".repeat(200))),
  fc.constantFrom(...staticTable),
  fc.tuple(text, text),
);
const lists = fc.array(fc.array(field, { maxLength: 12 }), { maxLength: 12 });

describe("the encoder", () => {
  it("is understood by the decoder, block after block", () => {
    fc.assert(
      fc.property(lists, fc.option(fc.nat(5000)), (given, limit) => {
        const [encoder, decoder] = [new HpackEncoder(), new HpackDecoder()];
        const seen = given.map((fields, n) => {
          if (limit !== null && n === 1) encoder.limit(limit);
          const block = encoder.encode(fields);
          return decoder.decode(block, 0, block.length);
        });
        expect(seen).toEqual(given);
      }),
    );
  });

  it("writes a field it has written before as one octet", () => {
    const encoder = new HpackEncoder();
    const fields: Field[] = [
      ["te", "trailers"],
      [":path", "/a.B/C"],
      [":method", "POST"],
    ];
    expect(encoder.encode(fields).length).toBe(2 + 2 + 1 + 8 + 1 + 1 + 6 + 1);
    const { version } = encoder;
    expect(encoder.encode(fields).toString("hex")).toBe("bfbe83");
    expect(encoder.version).toBe(version);
  });

  it("never has more in a table than fits", () => {
    const [encoder, decoder] = [new HpackEncoder(), new HpackDecoder()];
    for (let n = 0; n < 300; n++) {
      const fields: Field[] = [["name", `value ${n}`]];
      const block = encoder.encode(fields);
      expect(decoder.decode(block, 0, block.length)).toEqual(fields);
    }
    const first = encoder.encode([["name", "value 0"]]);
    expect(decoder.decode(first, 0, first.length)).toEqual([["name", "value 0"]]);
    expect(first.length).toBe(2);
    expect(entryBytes(["name", "value 0"])).toBe(43);
  });

  it("gives the table up when the peer wants a smaller one, and says so at once", () => {
    const encoder = new HpackEncoder();
    encoder.encode([["a", "b"]]);
    encoder.limit(100);
    encoder.limit(4096);
    expect(encoder.encode([["a", "b"]]).toString("hex")).toBe("200001610162");
    expect(encoder.encode([["a", "b"]]).toString("hex")).toBe("0001610162");
  });
});
