import { once } from "node:events";
import { WebSocket } from "ws";

/** A WebSocket as a test holds it. */
export interface Probe<Frame> extends AsyncDisposable {
  readonly socket: WebSocket;
  /** Strings and buffers go as they are, everything else as JSON. */
  send(frame: unknown): void;
  /** The next frame that has not been taken. */
  next(): Promise<Frame>;
  /** Code of the close. */
  readonly closed: Promise<number>;
}

/** Opens a WebSocket whose frames are JSON. */
export async function probeWebSocket<Frame>(url: string, subprotocols: readonly string[] = []): Promise<Probe<Frame>> {
  const socket = new WebSocket(url, [...subprotocols], { perMessageDeflate: false });
  const frames: Frame[] = [];
  let wake = (): void => undefined;
  socket.on("message", (data) => {
    frames.push(JSON.parse(String(data)));
    wake();
  });
  socket.on("error", () => undefined);
  const closed = new Promise<number>((resolve) => socket.on("close", resolve));
  await once(socket, "open");
  return {
    socket,
    closed,
    send: (frame) => socket.send(typeof frame === "string" || Buffer.isBuffer(frame) ? frame : JSON.stringify(frame)),
    async next() {
      while (frames.length === 0)
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      return frames.shift() as Frame;
    },
    async [Symbol.asyncDispose]() {
      socket.terminate();
      await closed;
    },
  };
}
