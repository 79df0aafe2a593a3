import { errorCode, frameFlag, frameHeaderBytes, frameType, writeFrameHeader, writeUint32 } from "./h2-frames.ts";
import type { Outbox } from "./h2-outbox.ts";

/** Gives `increment` bytes back to the peer's window of a stream, or of the connection: stream 0 (RFC 9113 §6.9). */
export function sendWindowUpdate(outbox: Outbox, streamId: number, increment: number): void {
  const at = outbox.reserve(frameHeaderBytes + 4);
  const payload = writeFrameHeader(outbox.bytes, at, 4, frameType.windowUpdate, 0, streamId);
  writeUint32(outbox.bytes, payload, increment);
}

/** RST_STREAM with CANCEL (RFC 9113 §6.4). */
export function sendCancel(outbox: Outbox, streamId: number): void {
  const at = outbox.reserve(frameHeaderBytes + 4);
  const payload = writeFrameHeader(outbox.bytes, at, 4, frameType.resetStream, 0, streamId);
  writeUint32(outbox.bytes, payload, errorCode.cancel);
}

/** The acknowledgement of SETTINGS (RFC 9113 §6.5.3). */
export function sendSettingsAck(outbox: Outbox): void {
  const at = outbox.reserve(frameHeaderBytes);
  writeFrameHeader(outbox.bytes, at, 0, frameType.settings, frameFlag.ack, 0);
}

/** The answer to a PING: its own eight bytes (RFC 9113 §6.7). */
export function sendPingAck(outbox: Outbox, bytes: Buffer, start: number): void {
  const at = outbox.reserve(frameHeaderBytes + 8);
  const payload = writeFrameHeader(outbox.bytes, at, 8, frameType.ping, frameFlag.ack, 0);
  bytes.copy(outbox.bytes, payload, start, start + 8);
}

/** GOAWAY; the peer has begun no stream that we could have processed (RFC 9113 §6.8). */
export function sendGoAway(outbox: Outbox, code: number): void {
  const at = outbox.reserve(frameHeaderBytes + 8);
  const payload = writeFrameHeader(outbox.bytes, at, 8, frameType.goAway, 0, 0);
  writeUint32(outbox.bytes, writeUint32(outbox.bytes, payload, 0), code);
}
