import type { IncomingMessage } from "node:http";
import type { ByteBudget } from "./byte-budget.ts";

/** Bodies above this are answered with 413. */
export const bodyLimitBytes = 4 * 1024 * 1024;

/** Why a body was not read to its end, and the HTTP status that says so. */
export interface BodyRefusal {
  readonly status: 413 | 503;
  readonly message: string;
}

const empty = Buffer.alloc(0);
const tooLarge: BodyRefusal = { status: 413, message: `the body is larger than ${bodyLimitBytes} bytes` };
const noRoom: BodyRefusal = { status: 503, message: "the server has no room for more bodies at the moment" };

/**
 * After a refusal the rest of a body is read and thrown away for so long, since a client that is hung up on while it sends
 * may never see the answer (RFC 9112 §9.6). Then the connection ends, if the body has not.
 */
const lingerMs = 900;

/**
 * The whole body, or why not, as soon as it is known. What has come of an unfinished body is held in the budget; a body
 * that comes in one piece, as all small ones do, never is.
 */
export function readBody(
  request: IncomingMessage,
  budget: ByteBudget,
  done: (body: Buffer | BodyRefusal) => void,
): void {
  const length = Number(request.headers["content-length"] ?? -1);
  if (length > bodyLimitBytes) {
    refuse(request, tooLarge, done);
    return;
  }
  // The request lives as long as its answer takes, and these functions with it: what they refer to must not.
  let first: Buffer | null = null;
  let unfinished: UnfinishedBody | null = null;
  request.on("data", (chunk: Buffer) => {
    if (unfinished === null) {
      if (chunk.length === length) {
        first = chunk;
        return;
      }
      unfinished = gather(request, budget);
    }
    const refusal = unfinished.add(chunk);
    if (refusal !== null) refuse(request, refusal, done);
  });
  request.on("end", () => {
    const body = unfinished === null ? (first ?? empty) : unfinished.end();
    first = null;
    if (body !== null) done(body);
  });
}

/** A body that comes in pieces. */
interface UnfinishedBody {
  /** Why the body is given up with this piece; null for nothing, and once that was said. */
  add(chunk: Buffer): BodyRefusal | null;
  /** All of it; null when it was given up. */
  end(): Buffer | null;
}

function gather(request: IncomingMessage, budget: ByteBudget): UnfinishedBody {
  const hold = budget.hold(0);
  let chunks: Buffer[] | null = [];
  let size = 0;
  const release = (): void => {
    chunks = null;
    hold?.release();
  };
  request.once("close", release);
  return {
    add(chunk) {
      if (chunks === null) return null;
      size += chunk.length;
      chunks.push(chunk);
      if (size <= bodyLimitBytes && hold?.grow(chunk.length) === true) return null;
      release();
      return size > bodyLimitBytes ? tooLarge : noRoom;
    },
    end() {
      const body = chunks === null ? null : Buffer.concat(chunks, size);
      release();
      return body;
    },
  };
}

function refuse(request: IncomingMessage, refusal: BodyRefusal, done: (refusal: BodyRefusal) => void): void {
  const hangUp = setTimeout(() => request.socket.destroy(), lingerMs);
  const over = (): void => clearTimeout(hangUp);
  request.once("end", over);
  request.once("close", over);
  request.resume();
  done(refusal);
}
