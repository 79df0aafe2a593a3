import type { Failure } from "@apb/core/failure";
import type { HpackEncoder } from "./hpack-encoder.ts";
import type { Field } from "./hpack-static.ts";

/** The header fields of requests that are alike, and their last encoding. */
export interface RequestHead {
  readonly fields: readonly Field[];
  /** Right for this encoder as long as it has this version. */
  block: Uint8Array;
  encoder: HpackEncoder | null;
  version: number;
}

const notEncoded = new Uint8Array(0);

/** A request that has not been encoded. */
export function requestHead(fields: readonly Field[]): RequestHead {
  return { fields, block: notEncoded, encoder: null, version: 0 };
}

/**
 * One request and its answer. The fields that are not readonly are written by the connection; `Head` is what a header
 * block was read as. `fail` and the rest are called one after the other and never after the end.
 */
export interface Http2Stream<Head> {
  readonly request: RequestHead;
  /** What there is of the body so far; at least 1 for a whole one. */
  readonly bodyBytes: number;
  /** Whether that is all of it. One that still grows ends only with its stream. */
  readonly bodyIsWhole: boolean;
  /** 0 until the request is on its way. */
  id: number;
  /** Bytes of the body already sent. */
  sentBytes: number;
  /** Bytes the peer lets us send. */
  sendWindow: number;
  /** Bytes received and not yet given back to the peer's window. */
  receivedBytes: number;
  /** Whether the peer may go on sending when its window is used up. */
  readonly wantsMore: boolean;
  /** Writes a part of the body at `at` in `target`. */
  copyBody(target: Buffer, at: number, from: number, to: number): void;
  /** A header block; with `last` nothing follows. */
  head(head: Head, last: boolean): void;
  /** A part of the body, valid during the call only. */
  data(bytes: Buffer, start: number, end: number): void;
  /** The end without trailers. */
  end(): void;
  /** The peer's RST_STREAM. */
  reset(code: number): void;
  /** The connection has ended, or will not answer this request. */
  fail(failure: Failure): void;
}
