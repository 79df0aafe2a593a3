import type { OutgoingHttpHeaders } from "node:http2";
import fc from "fast-check";
import { framed, grpcHeaders } from "./grpc-probe.ts";

/** One call that goes well. */
export interface GrpcSeed {
  readonly path: string;
  readonly message: Uint8Array;
  readonly metadata: Readonly<Record<string, string>>;
}

/** What is sent on one HTTP/2 stream; each piece is a DATA frame. */
export interface FuzzCall {
  readonly headers: OutgoingHttpHeaders;
  readonly pieces: readonly Uint8Array[];
}

/** Calls with one thing wrong or more: bytes, lengths, frames, protobuf, headers, paths. Some of them turn out well. */
export function mutatedCalls(seeds: readonly GrpcSeed[]): fc.Arbitrary<FuzzCall> {
  return fc
    .constantFrom(...seeds)
    .chain((seed) =>
      fc
        .tuple(headersLike(seed), fc.oneof(fc.uint8Array({ maxLength: 64 }), framesLike(seed.message)), cuts)
        .map(([headers, body, at]) => ({ headers, pieces: cut(body, at) })),
    );
}

const printable = fc.string({ unit: fc.integer({ min: 33, max: 126 }).map((code) => String.fromCharCode(code)) });
const cuts = fc.array(fc.nat({ max: 80 }), { maxLength: 4 });

/** Mostly the seed's own headers, so that what is wrong with the body is seen. */
function headersLike({ path, metadata }: GrpcSeed): fc.Arbitrary<OutgoingHttpHeaders> {
  const right = fc.constant<OutgoingHttpHeaders>({});
  const wrong = fc.record<OutgoingHttpHeaders>(
    {
      ":method": fc.constantFrom("GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "POSTS"),
      ":path": fc.oneof(
        printable.map((text) => `/${text}`),
        fc.constantFrom("/", "//", `${path}/`, `${path}?a=b`, path.toLowerCase()),
      ),
      "content-type": fc.oneof(printable, fc.constantFrom("application/json", "application/grpc+json", "")),
      "grpc-timeout": fc.oneof(printable, fc.constantFrom("0n", "1n", "99999999H", "-1S")),
      "grpc-encoding": fc.oneof(printable, fc.constantFrom("gzip", "identity", "")),
      "a2a-version": printable,
      "x-text": printable,
      "x-bytes-bin": printable,
    },
    { requiredKeys: [] },
  );
  return fc
    .oneof({ weight: 3, arbitrary: right }, { weight: 1, arbitrary: wrong })
    .map((more) => grpcHeaders(path, { ...metadata, ...more }));
}

/** Frames of messages like this one, with a byte, a length or an end that is wrong. */
function framesLike(message: Uint8Array): fc.Arbitrary<Uint8Array> {
  const messages = fc.oneof(
    fc.constant(message),
    fc.uint8Array({ maxLength: 64 }),
    fc.tuple(fc.nat({ max: message.length }), fc.uint8Array({ maxLength: 8 })).map(([at, bytes]) => {
      const broken = Buffer.from(message);
      broken.set(bytes.subarray(0, broken.length - at), at);
      return broken;
    }),
  );
  const frame = fc.tuple(messages, fc.constantFrom(0, 0, 0, 1, 2, 255)).map(([bytes, flags]) => framed(bytes, flags));
  return fc.oneof(
    frame,
    fc.tuple(frame, fc.nat({ max: 70 })).map(([bytes, at]) => bytes.subarray(0, at)),
    fc.tuple(frame, fc.integer({ min: 0, max: 0xffffffff })).map(([bytes, length]) => {
      bytes.writeUInt32BE(length, 1);
      return bytes;
    }),
    fc.array(frame, { minLength: 2, maxLength: 3 }).map((frames) => Buffer.concat(frames)),
  );
}

function cut(body: Uint8Array, places: readonly number[]): Uint8Array[] {
  const ends = [...places.filter((at) => at < body.length).sort((a, b) => a - b), body.length];
  return ends.map((end, n) => body.subarray(n === 0 ? 0 : ends[n - 1], end));
}
