import type { Readable, Writable } from "node:stream";
import { drained } from "./drained.ts";
import { bodyLimitBytes } from "./http-body.ts";

/** What is said on one input and output, a message a line. */
export interface LineConversation {
  receive(line: string): void;
  /** A line was longer than it may be; none of it was kept. */
  refuse(reason: string): void;
  /** The input has ended. */
  close(): void;
}

/** Of answers that a slow client has not taken yet; above it nothing more is read. */
const highWaterBytes = 1024 * 1024;
const lineEnd = 10;
const tooLong = `a line is longer than ${bodyLimitBytes} bytes`;

/**
 * Takes the lines of an input, each up to 4 MiB, and writes what `begin` is given to say to the output. Saying resolves,
 * where the client is slow to read, when there is room for more.
 */
export function converseInLines(
  input: Readable,
  output: Writable,
  begin: (say: (line: string) => Promise<void> | undefined) => LineConversation,
): void {
  const conversation = begin((line) => {
    if (!output.writable) return undefined;
    output.write(`${line}\n`);
    return output.writableLength < highWaterBytes ? undefined : drained(output);
  });
  let pieces: Buffer[] = [];
  let bytes = 0;
  const keep = (piece: Buffer): void => {
    bytes += piece.length;
    if (bytes > bodyLimitBytes) pieces = [];
    else if (piece.length > 0) pieces.push(piece);
  };
  const takeLine = (): void => {
    const [first] = pieces;
    const whole = pieces.length === 1 && first !== undefined ? first : Buffer.concat(pieces);
    const isTooLong = bytes > bodyLimitBytes;
    pieces = [];
    bytes = 0;
    if (isTooLong) conversation.refuse(tooLong);
    else conversation.receive(whole.toString("utf8"));
  };
  input.on("data", (chunk: Buffer) => {
    let start = 0;
    for (let end = chunk.indexOf(lineEnd); end !== -1; end = chunk.indexOf(lineEnd, start)) {
      keep(chunk.subarray(start, end));
      takeLine();
      start = end + 1;
    }
    if (start < chunk.length) keep(chunk.subarray(start));
    if (output.writableLength < highWaterBytes || input.isPaused()) return;
    input.pause();
    void drained(output).then(() => input.resume());
  });
  output.on("error", () => input.destroy());
  input.on("error", () => undefined);
  input.on("close", () => conversation.close());
}
