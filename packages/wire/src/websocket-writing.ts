import { randomFillSync } from "node:crypto";
import type { Socket } from "node:net";
import { TLSSocket } from "node:tls";
import { opcodes } from "./websocket-frames.ts";

/** The longest header (14 bytes) ends here, and so does every shorter one: the payload can be masked by words. */
const payloadAt = 16;
const payloadWord = payloadAt / 4;
/** Room for a text of 100 Ki UTF-16 code units, each at most three bytes of UTF-8, and more. */
const usualBytes = 512 * 1024;

/** Where a frame is put together. */
interface Memory {
  readonly bytes: Buffer;
  readonly words: Int32Array;
}

let shared: Memory | null = null;

/** Masks have to be unpredictable for whoever chooses the text: https://www.rfc-editor.org/rfc/rfc6455#section-5.3 */
const masks = new Int32Array(2048);
let masksUsed = masks.length;

/** Sends a message in one frame and one write. */
export function writeMessage(socket: Socket, data: string | Uint8Array): void {
  if (typeof data !== "string") {
    writeFrame(socket, opcodes.binary, data);
    return;
  }
  // A UTF-16 code unit is at most three bytes of UTF-8.
  const memory = memoryFor(data.length * 3 <= usualBytes ? usualBytes : Buffer.byteLength(data));
  write(socket, memory, opcodes.text, memory.bytes.write(data, payloadAt, "utf8"));
}

/** Sends one whole frame with these bytes. */
export function writeFrame(socket: Socket, opcode: number, payload: Uint8Array): void {
  const memory = memoryFor(payload.length);
  memory.bytes.set(payload, payloadAt);
  write(socket, memory, opcode, payload.length);
}

function memoryFor(payloadBytes: number): Memory {
  if (payloadBytes > usualBytes) return allocate(payloadBytes);
  shared ??= allocate(usualBytes);
  return shared;
}

function allocate(payloadBytes: number): Memory {
  const bytes = Buffer.allocUnsafeSlow(payloadAt + Math.ceil(payloadBytes / 16) * 16);
  return { bytes, words: new Int32Array(bytes.buffer) };
}

/** Sends the payload that is in memory, masked. */
function write(socket: Socket, { bytes, words }: Memory, opcode: number, size: number): void {
  const start = writeHeader(bytes, opcode, size);
  const mask = nextMask();
  words[payloadWord - 1] = mask;
  maskWords(words, mask, payloadWord + Math.ceil(size / 4));
  const frame = bytes.subarray(start, payloadAt + size);
  // A plain socket with nothing queued hands the bytes to the kernel within `write`, and the memory can be used again. TLS and
  // a socket with a queue keep a reference to them, and so get a copy.
  const keeps = socket instanceof TLSSocket || socket.writableLength > 0;
  socket.write(keeps ? Buffer.from(frame) : frame);
  if (!keeps && socket.writableLength > 0) shared = null;
}

/** Four words a step, which takes less than two thirds of the time of one; the words beyond the end are masked but not sent. */
function maskWords(words: Int32Array, mask: number, end: number): void {
  for (let n = payloadWord; n < end; n += 4) {
    words[n] = (words[n] as number) ^ mask;
    words[n + 1] = (words[n + 1] as number) ^ mask;
    words[n + 2] = (words[n + 2] as number) ^ mask;
    words[n + 3] = (words[n + 3] as number) ^ mask;
  }
}

/** Writes all but the mask; returns where the frame begins. */
function writeHeader(bytes: Buffer, opcode: number, size: number): number {
  const start = size < 126 ? 10 : size < 65536 ? 8 : 2;
  bytes[start] = 0x80 | opcode;
  bytes[start + 1] = 0x80 | (size < 126 ? size : size < 65536 ? 126 : 127);
  if (size >= 65536) {
    bytes.writeUInt32BE(Math.floor(size / 2 ** 32), start + 2);
    bytes.writeUInt32BE(size >>> 0, start + 6);
  } else if (size >= 126) bytes.writeUInt16BE(size, start + 2);
  return start;
}

function nextMask(): number {
  if (masksUsed === masks.length) {
    randomFillSync(masks);
    masksUsed = 0;
  }
  return masks[masksUsed++] as number;
}
