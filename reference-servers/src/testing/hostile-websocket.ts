import { once } from "node:events";
import { WebSocket } from "ws";

/** Sends `count` copies of a text frame at once, and resolves when as many frames have come back, or the connection has closed. */
export async function floodFrames(url: string, frame: string, count: number): Promise<number> {
  const socket = new WebSocket(url, { perMessageDeflate: false });
  await once(socket, "open");
  const one = maskedFrame(frame);
  let replies = 0;
  return new Promise((resolve) => {
    const end = (): void => {
      socket.terminate();
      resolve(replies);
    };
    socket.on("message", () => {
      if (++replies === count) end();
    });
    socket.on("close", end);
    socket.on("error", end);
    // Past ws, which would make a frame of each by itself.
    (socket as unknown as { readonly _socket: NodeJS.WritableStream })._socket.write(
      Buffer.concat(Array.from({ length: count }, () => one)),
    );
  });
}

/** A whole text frame of up to 125 bytes, masked with zeros (RFC 6455 §5.2). */
function maskedFrame(text: string): Buffer {
  const payload = Buffer.from(text);
  return Buffer.concat([Buffer.from([0x81, 0x80 | payload.length, 0, 0, 0, 0]), payload]);
}
