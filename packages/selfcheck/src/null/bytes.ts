import type { Socket } from "node:net";

/** Offers `take` what has come and was not taken yet, until it takes nothing: it returns how many bytes it took, 0 when it needs more. */
export function takeBytes(socket: Socket, take: (bytes: Buffer) => number): void {
  let rest: Buffer = Buffer.alloc(0);
  socket.setNoDelay(true);
  socket.on("error", () => socket.destroy());
  socket.on("data", (chunk) => {
    let bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    for (let taken = take(bytes); taken > 0; taken = take(bytes)) bytes = bytes.subarray(taken);
    rest = bytes;
  });
}
