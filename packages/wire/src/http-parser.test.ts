import { Failure } from "@apb/core/failure";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { headLimitBytes, type ReplyHead } from "./http-head.ts";
import { ReplyParser } from "./http-parser.ts";

interface Reply extends Pick<ReplyHead, "status" | "headers" | "persistent"> {
  readonly body: string;
}

/** Memory that every read writes over, as that of the sockets. */
const landing = Buffer.alloc(256 * 1024);

/** What the parser makes of bytes that come in pieces and then end: a reply, or the kind of its failure. Other errors are thrown. */
function read(parser: ReplyParser, pieces: readonly Buffer[]): Reply | string {
  let head: ReplyHead | null = null;
  const body: Buffer[] = [];
  parser.begin({
    head(given) {
      head = given;
    },
    data(buffer, start, end) {
      body.push(Buffer.from(buffer.subarray(start, end)));
    },
  });
  let complete = false;
  try {
    for (const piece of pieces) {
      landing.fill("\r\n");
      piece.copy(landing);
      complete = parser.read(landing, piece.length);
    }
    if (!complete && !parser.end()) return "cut off";
  } catch (error) {
    if (error instanceof Failure) return error.kind;
    throw error;
  }
  const { status, headers } = head as unknown as ReplyHead;
  return { status, headers, persistent: parser.persistent, body: Buffer.concat(body).toString("latin1") };
}

function readText(text: string): Reply | string {
  return read(new ReplyParser(), [Buffer.from(text, "latin1")]);
}

/** The pieces between these positions. */
function split(bytes: Buffer, cuts: readonly number[]): Buffer[] {
  const ends = [...new Set(cuts.map((cut) => cut % bytes.length)), bytes.length].sort((a, b) => a - b);
  return ends.map((end, n) => bytes.subarray(ends[n - 1] ?? 0, end)).filter((piece) => piece.length > 0);
}

const ok = "HTTP/1.1 200 OK\r\n";
const chunked = `${ok}Transfer-Encoding: chunked\r\n\r\n`;

const valid: readonly (readonly [name: string, text: string, expected: Partial<Reply>])[] = [
  ["a length", `${ok}Content-Length: 4\r\n\r\nbody`, { status: 200, body: "body", persistent: true }],
  ["the length 0", `${ok}content-length: 0\r\n\r\n`, { body: "", persistent: true }],
  ["a body up to the end", `${ok}\r\nbody`, { body: "body", persistent: false }],
  ["an empty body up to the end", `${ok}\r\n`, { body: "", persistent: false }],
  ["chunks", `${chunked}2\r\nbo\r\n02\r\ndy\r\n0\r\n\r\n`, { body: "body", persistent: true }],
  ["a chunk as long as ten", `${chunked}A\r\n0123456789\r\n0\r\n\r\n`, { body: "0123456789" }],
  ["no chunks", `${chunked}0\r\n\r\n`, { body: "" }],
  ["chunk extensions", `${chunked}4;a=b; c="d e"\r\nbody\r\n0 ;last\r\n\r\n`, { body: "body" }],
  ["trailers", `${chunked}4\r\nbody\r\n0\r\nDigest: x\r\nExpires:\r\n\r\n`, { body: "body", persistent: true }],
  ["line ends as data", `${chunked}4\r\n\r\n\r\n\r\n0\r\n\r\n`, { body: "\r\n\r\n" }],
  ["another case", `${ok}TRANSFER-ENCODING: Chunked\r\n\r\n0\r\n\r\n`, { body: "" }],
  ["204", "HTTP/1.1 204 No Content\r\n\r\n", { status: 204, body: "", persistent: true }],
  ["304 with the length it would have", "HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n", { body: "" }],
  ["no reason", "HTTP/1.1 500 \r\nContent-Length: 0\r\n\r\n", { status: 500 }],
  ["100 before it", `HTTP/1.1 100 Continue\r\n\r\n${ok}Content-Length: 2\r\n\r\nok`, { status: 200, body: "ok" }],
  [
    "103 and 102 before it",
    `HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 102 Processing\r\n\r\n${ok}Content-Length: 0\r\n\r\n`,
    { status: 200, headers: { "content-length": "0" } },
  ],
  ["close", `${ok}Connection: close\r\nContent-Length: 2\r\n\r\nok`, { body: "ok", persistent: false }],
  ["close among others", `${ok}Connection: x , Close\r\nContent-Length: 0\r\n\r\n`, { persistent: false }],
  ["HTTP/1.0", "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok", { body: "ok", persistent: false }],
  [
    "HTTP/1.0 that stays",
    "HTTP/1.0 200 OK\r\nConnection: Keep-Alive\r\nContent-Length: 0\r\n\r\n",
    { persistent: true },
  ],
  [
    "blanks, colons and bytes above ASCII in headers",
    `${ok}A:\t b: c \t\r\nB:\r\nC: \xe9\r\na: d\r\nContent-Length: 0\r\n\r\n`,
    { headers: { a: "b: c, d", b: "", c: "\xe9", "content-length": "0" } },
  ],
  ["a name from the prototype of objects", `${ok}Constructor: x\r\n\r\n`, { headers: { constructor: "x" } }],
  ["a large head", `${ok}A: ${"x".repeat(60_000)}\r\nContent-Length: 2\r\n\r\nok`, { body: "ok" }],
];

describe("a reply", () => {
  it.each(valid)("with %s is read", (_name, text, expected) => {
    expect(readText(text)).toMatchObject(expected);
  });

  it.each(valid)("with %s is the same byte by byte", (_name, text) => {
    const bytes = Buffer.from(text, "latin1");
    const every = Array.from(bytes.subarray(0, 1000), (_byte, n) => n);
    expect(read(new ReplyParser(), split(bytes, every))).toEqual(readText(text));
  });

  it("can be followed by others, with the same head or another", () => {
    const parser = new ReplyParser();
    const texts = valid.map(([, text]) => text).flatMap((text) => [text, text]);
    for (const text of [...texts, ...texts.reverse()])
      expect(read(parser, [Buffer.from(text, "latin1")])).toEqual(readText(text));
  });

  it("is not taken for the last one by what is left of that in memory", () => {
    const parser = new ReplyParser();
    const bytes = Buffer.from(`${ok}Content-Length: 2\r\n\r\nok`);
    parser.begin({ head: () => undefined, data: () => undefined });
    expect(parser.read(bytes, bytes.length)).toBe(true);
    parser.begin({ head: () => undefined, data: () => undefined });
    expect(parser.read(bytes, ok.length)).toBe(false);
    expect(parser.read(bytes.subarray(ok.length), bytes.length - ok.length)).toBe(true);
  });

  it.each([
    ["a byte after its length", `${ok}Content-Length: 1\r\n\r\nab`],
    ["a byte after its chunks", `${chunked}0\r\n\r\nx`],
    ["a byte after no body", "HTTP/1.1 204 No Content\r\n\r\nx"],
    ["two lengths", `${ok}Content-Length: 1\r\nContent-Length: 2\r\n\r\nab`],
    ["the same length twice", `${ok}Content-Length: 1\r\nContent-Length: 1\r\n\r\na`],
    ["a list of lengths", `${ok}Content-Length: 1, 1\r\n\r\na`],
    ["a negative length", `${ok}Content-Length: -1\r\n\r\n`],
    ["a signed length", `${ok}Content-Length: +1\r\n\r\na`],
    ["a hexadecimal length", `${ok}Content-Length: 0x1\r\n\r\na`],
    ["an empty length", `${ok}Content-Length:\r\n\r\n`],
    ["a length beyond all numbers", `${ok}Content-Length: ${"9".repeat(30)}\r\n\r\n`],
    ["a length and chunks", `${ok}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`],
    ["another coding", `${ok}Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n`],
    ["chunks twice", `${ok}Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`],
    ["chunks in HTTP/1.0", "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"],
    ["a chunk of no size", `${chunked}\r\n`],
    ["a chunk size that is none", `${chunked}zz`],
    ["a signed chunk size", `${chunked}-1\r\n`],
    ["a chunk size of 64 bits", `${chunked}ffffffffffffffff\r\n`],
    ["a chunk size and a lone line feed", `${chunked}0\n\r\n`],
    ["a chunk longer than its size", `${chunked}1\r\nab`],
    ["a chunk that ends with a lone line feed", `${chunked}1\r\na\n0\r\n\r\n`],
    ["a trailer that is none", `${chunked}0\r\nno trailer\r\n\r\n`],
    ["endless trailers", `${chunked}0\r\n${`A: ${"x".repeat(1000)}\r\n`.repeat(70)}`],
    ["an endless chunk extension", `${chunked}0;${"x".repeat(headLimitBytes)}`],
    ["an endless head", `${ok}A: ${"x".repeat(headLimitBytes)}`],
    ["a head that is too large", `${ok}A: ${"x".repeat(headLimitBytes)}\r\n\r\n`],
    ["SSH", "SSH-2.0-OpenSSH_9.2\r\n"],
    ["TLS", "\x15\x03\x01\x00\x02\x02\x46"],
    ["an empty line before it", `\r\n${ok}\r\n`],
    ["HTTP/2", "HTTP/2 200\r\n\r\n"],
    ["HTTP/1.11", "HTTP/1.11 200 OK\r\n\r\n"],
    ["HTTP of lower case", "http/1.1 200 OK\r\n\r\n"],
    ["a status of two digits", "HTTP/1.1 20 OK\r\n\r\n"],
    ["the status 999", "HTTP/1.1 999 OK\r\n\r\n"],
    ["no blank after the status", "HTTP/1.1 200\r\n\r\n"],
    ["a switch of protocols", "HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n"],
    ["a header without a colon", `${ok}Header\r\n\r\n`],
    ["a header without a name", `${ok}: value\r\n\r\n`],
    ["a blank before the colon", `${ok}Content-Length : 0\r\n\r\n`],
    ["a folded header", `${ok}A: b\r\n c\r\n\r\n`],
    ["a lone line feed", `${ok}A: b\nC: d\r\n\r\n`],
    ["a lone line feed in a head that has not ended", `${ok}A: b\n`],
    ["line feeds only", "HTTP/1.1 200 OK\nContent-Length: 0\n\n"],
    ["a lone carriage return", `${ok}A: b\rc\r\n\r\n`],
    ["a null byte", `${ok}A: \0\r\n\r\n`],
  ])("with %s is an error of the protocol", (_name, text) => {
    expect(readText(text)).toBe("protocol");
    const bytes = Buffer.from(text, "latin1");
    expect(read(new ReplyParser(), split(bytes, [5, 20, 21, 40, bytes.length - 1]))).toBe("protocol");
  });

  it.each([
    ["nothing", ""],
    ["a beginning", "HTT"],
    ["half a head", `${ok}Content-Length: 0\r\n`],
    ["an interim reply alone", "HTTP/1.1 100 Continue\r\n\r\n"],
    ["half a body", `${ok}Content-Length: 4\r\n\r\nbo`],
    ["half a chunk", `${chunked}4\r\nbo`],
    ["half a chunk size", `${chunked}4`],
    ["no last chunk", `${chunked}4\r\nbody\r\n`],
    ["half the end of the last chunk", `${chunked}0\r\n\r`],
    ["half a trailer", `${chunked}0\r\nA: b`],
  ])("that ends after %s is cut off", (_name, text) => {
    expect(readText(text)).toBe("cut off");
  });
});

const crlf = "\r\n";
const name = fc.stringMatching(/^x-[a-z]{1,10}$/);
const value = fc.stringMatching(/^[!-~]([ -~]{0,20}[!-~])?$/);
const fields = fc.array(fc.tuple(name, value), { maxLength: 5 }).map((all) => all.map((one) => one.join(": ") + crlf));
const piece = fc.uint8Array({ minLength: 1, maxLength: 50 }).map((bytes) => Buffer.from(bytes).toString("latin1"));
const framed = fc
  .tuple(fc.constantFrom("length", "chunked", "close"), fc.array(piece, { maxLength: 5 }), fields)
  .map(([framing, pieces, trailers]) => {
    const body = pieces.join("");
    if (framing === "close") return crlf + body;
    if (framing === "length") return `Content-Length: ${body.length}${crlf}${crlf}${body}`;
    const chunks = pieces.map((data) => `${data.length.toString(16)}${crlf}${data}${crlf}`);
    return `Transfer-Encoding: chunked${crlf}${crlf}${chunks.join("")}0${crlf}${trailers.join("")}${crlf}`;
  });
const interim = fc.constantFrom("", "", `HTTP/1.1 100 Continue${crlf}${crlf}`);
const bytesOfReply = fc
  .tuple(interim, fc.constantFrom(200, 201, 404, 503), fields, framed)
  .map(([before, status, headers, rest]) =>
    Buffer.from(`${before}HTTP/1.1 ${status} ${crlf}${headers.join("")}${rest}`, "latin1"),
  );
const cuts = fc.array(fc.nat(), { maxLength: 12 });

describe("any reply", () => {
  it("is the same however it is split", () => {
    fc.assert(
      fc.property(bytesOfReply, cuts, (bytes, positions) => {
        const whole = read(new ReplyParser(), [bytes]);
        expect(whole).toMatchObject({ status: expect.any(Number) });
        expect(read(new ReplyParser(), split(bytes, positions))).toEqual(whole);
      }),
      { numRuns: 500 },
    );
  });

  it("with a wrong byte is a reply, an error of the protocol or cut off, and however it is split the same", () => {
    fc.assert(
      fc.property(bytesOfReply, fc.nat(), fc.integer({ min: 1, max: 255 }), cuts, (bytes, at, change, positions) => {
        const wrong = Buffer.from(bytes);
        wrong.writeUInt8(wrong.readUInt8(at % wrong.length) ^ change, at % wrong.length);
        const whole = read(new ReplyParser(), [wrong]);
        if (typeof whole === "string") expect(["protocol", "cut off"]).toContain(whole);
        expect(read(new ReplyParser(), split(wrong, positions))).toEqual(whole);
      }),
      { numRuns: 2000 },
    );
  });
});
