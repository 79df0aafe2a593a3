import { type Channel, type ChannelEvents, type Framing, Multiplex } from "@apb/wire/multiplex";
import type { Echoing } from "./bare.ts";

/** A channel of texts whose nth answer is that of the nth question. Throws what `connect` throws. */
export async function inOrder(connect: (events: ChannelEvents<string>) => Promise<Channel<string>>): Promise<Echoing> {
  let answers = 0;
  const framing: Framing<string, string, string> = {
    read: (frame) => ({ id: answers++, frame, last: true }),
    stop: () => null,
  };
  const bodies = await Multiplex.open(connect, framing);
  return {
    wire: bodies.wire,
    echo: (body, signal) => bodies.call(() => body, signal),
    [Symbol.asyncDispose]: () => bodies[Symbol.asyncDispose](),
  };
}
