import { createServer, type Server, type Socket } from "node:net";
import { bareLengthBytes, bareLimitBytes } from "@apb/protocols/bare";
import { TooBusy } from "../agents/agent.ts";
import { type Agents, askEcho } from "../agents/agents.ts";
import { drained } from "../drained.ts";

/** Of answers that a slow client has not taken yet; above it nothing more is read from that client. */
const highWaterBytes = 1024 * 1024;

/** Bodies on plain sockets, @apb/protocols/bare. Not listening yet. */
export function bareTcp(agents: Agents): Server {
  const sockets = new Set<Socket>();
  const server = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    socket.on("error", () => socket.destroy());
    converse(socket, agents);
  });
  const hangUp = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  return Object.assign(server, { closeIdleConnections: hangUp });
}

function converse(socket: Socket, agents: Agents): void {
  let pieces: Buffer[] = [];
  let gathered = 0;
  /** With fewer bytes there is nothing to answer: a large body is put together once. */
  let wanted = bareLengthBytes;
  const give = (answer: string): void => {
    if (!socket.writable) return;
    socket.write(prefixed(answer));
    if (socket.writableLength < highWaterBytes || socket.isPaused()) return;
    socket.pause();
    void drained(socket).then(() => socket.resume());
  };
  socket.on("data", (piece: Buffer) => {
    pieces.push(piece);
    gathered += piece.length;
    if (gathered < wanted) return;
    let rest = pieces.length === 1 ? piece : Buffer.concat(pieces, gathered);
    for (wanted = sizeOf(rest); wanted <= rest.length; wanted = sizeOf(rest)) {
      try {
        askEcho(agents, rest.toString("utf8", bareLengthBytes, wanted), give);
      } catch (error) {
        if (!(error instanceof TooBusy)) throw error;
        socket.destroy();
        return;
      }
      rest = rest.subarray(wanted);
    }
    if (wanted > bareLimitBytes) socket.destroy();
    pieces = [rest];
    gathered = rest.length;
  });
}

/** Bytes of the first body with its length; of the length alone where that has not come yet. */
function sizeOf(bytes: Buffer): number {
  return bytes.length < bareLengthBytes ? bareLengthBytes : bareLengthBytes + bytes.readUInt32BE(0);
}

function prefixed(text: string): Buffer {
  const size = Buffer.byteLength(text);
  const bytes = Buffer.allocUnsafe(bareLengthBytes + size);
  bytes.writeUInt32BE(size);
  bytes.write(text, bareLengthBytes, "utf8");
  return bytes;
}
