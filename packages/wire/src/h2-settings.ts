import { Failure } from "@apb/core/failure";
import {
  frameHeaderBytes,
  framePayloadBytes,
  frameType,
  largestWindow,
  writeFrameHeader,
  writeUint32,
} from "./h2-frames.ts";

/** Settings we send or obey (RFC 9113 §6.5.2). */
const setting = {
  headerTableSize: 1,
  enablePush: 2,
  maxConcurrentStreams: 3,
  initialWindowSize: 4,
  maxFrameSize: 5,
} as const;
const settingBytes = 6;

/** A window before anything was said about it (RFC 9113 §6.9.2). */
export const defaultWindow = 65_535;
/** What a server may send of one answer before we have read it. */
export const streamWindow = 1024 * 1024;
/** What a server may send on one connection: no reason to wait. */
export const connectionWindow = 2 ** 30;

/** What the server lets us do. */
export interface PeerSettings {
  headerTableBytes: number;
  concurrentStreams: number;
  /** What we may send of one request. */
  initialWindow: number;
}

/** What holds before the server's first SETTINGS (RFC 9113 §6.5.2). */
export function initialSettings(): PeerSettings {
  return { headerTableBytes: 4096, concurrentStreams: Number.POSITIVE_INFINITY, initialWindow: defaultWindow };
}

/** Takes over the payload of a SETTINGS frame. Throws `protocol`. */
export function readSettings(settings: PeerSettings, bytes: Buffer, start: number, end: number): void {
  if ((end - start) % settingBytes !== 0)
    throw new Failure("protocol", `expected SETTINGS of ${settingBytes} bytes each, got ${end - start} bytes`);
  for (let at = start; at < end; at += settingBytes) {
    const value = bytes.readUInt32BE(at + 2);
    switch (bytes.readUInt16BE(at)) {
      case setting.headerTableSize:
        settings.headerTableBytes = value;
        break;
      case setting.enablePush:
        within("ENABLE_PUSH", value, 0, 0);
        break;
      case setting.maxConcurrentStreams:
        settings.concurrentStreams = value;
        break;
      case setting.initialWindowSize:
        within("INITIAL_WINDOW_SIZE", value, 0, largestWindow);
        settings.initialWindow = value;
        break;
      case setting.maxFrameSize:
        within("MAX_FRAME_SIZE", value, framePayloadBytes, 2 ** 24 - 1);
        break;
    }
  }
}

function within(name: string, value: number, least: number, most: number): void {
  if (value < least || value > most)
    throw new Failure("protocol", `expected SETTINGS_${name} from ${least} to ${most}, got ${value}`);
}

/** What a client says first: the preface, its SETTINGS, and the connection's window (RFC 9113 §3.4). */
export function clientPreface(): Buffer {
  const preface = Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
  const ours = [
    [setting.enablePush, 0],
    [setting.initialWindowSize, streamWindow],
  ] as const;
  const settings = Buffer.alloc(frameHeaderBytes + ours.length * settingBytes);
  let at = writeFrameHeader(settings, 0, ours.length * settingBytes, frameType.settings, 0, 0);
  for (const [name, value] of ours) {
    settings[at + 1] = name;
    at = writeUint32(settings, at + 2, value);
  }
  const update = Buffer.alloc(frameHeaderBytes + 4);
  writeUint32(update, writeFrameHeader(update, 0, 4, frameType.windowUpdate, 0, 0), connectionWindow - defaultWindow);
  return Buffer.concat([preface, settings, update]);
}
