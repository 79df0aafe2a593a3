import type { ConnectOptions } from "@apb/core/binding";
import { slimService } from "@apb/protocols/slim";
import { connectGrpc } from "@apb/wire/grpc";
import type { Channel, ChannelEvents } from "@apb/wire/multiplex";
import { connectWebSocket } from "@apb/wire/websocket";

/** A connection to a node that carries its messages, encoded, both ways. */
export type Carrier = Channel<Uint8Array>;

/** Opens a carrier now. Throws a Failure. */
export type OpenCarrier = (url: URL, events: ChannelEvents<Uint8Array>, options: ConnectOptions) => Promise<Carrier>;

const noMetadata = {};

/** One connection with the one call it is for. */
export const grpcCarrier: OpenCarrier = async (url, events, { client, signal, maxReplyBytes, headers }) => {
  const connection = await connectGrpc(url, client, signal, maxReplyBytes, headers);
  const call = connection.duplex(`/${slimService}/OpenChannel`, noMetadata, events);
  return {
    wire: connection.wire,
    get unsent() {
      return call.unsent;
    },
    send: (message) => call.send(message),
    [Symbol.asyncDispose]: () => connection[Symbol.asyncDispose](),
  };
};

/** A WebSocket without a subprotocol, one message in each binary frame. */
export const webSocketCarrier: OpenCarrier = (url, events, { client, signal, maxReplyBytes, headers }) => {
  // A node never sends text: as bytes it is no message either, and is refused as such.
  const message = (data: string | Uint8Array): void =>
    events.message(typeof data === "string" ? Buffer.from(data) : data);
  return connectWebSocket(url, null, { message, closed: events.closed }, client, signal, maxReplyBytes, headers);
};
