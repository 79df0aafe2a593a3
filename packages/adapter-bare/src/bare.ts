import { bareProtocol } from "@apb/core/bare";
import type { Binding, ConnectOptions, Reply, Spec, UnaryOf, WireBytes } from "@apb/core/binding";
import { bodyText } from "@apb/core/body";
import { binding } from "@apb/core/offer";
import type { Transport } from "@apb/core/transport";
import { type Channel, type ChannelEvents, type Framing, Multiplex } from "@apb/wire/multiplex";

/** A connection that sends a body and waits for the one that comes back. */
export interface Echoing extends AsyncDisposable {
  echo(body: string, signal: AbortSignal): Promise<string>;
  readonly wire: WireBytes;
}

const noProtocol = "There is no protocol to ask for it: a body goes to `echo` and comes back.";

/** A binding of `echo` alone to something that carries bytes; `spec` says what that is. */
export function bareBinding(
  transport: Transport,
  spec: Pick<Spec, "name" | "version" | "url">,
  open: (url: URL, options: ConnectOptions) => Promise<Echoing>,
): Binding {
  return binding({
    protocol: bareProtocol,
    transport,
    variant: null,
    spec: { ...spec, standing: "custom" },
    can: ["send"],
    cannot: {
      discover: noProtocol,
      stream: noProtocol,
      start: noProtocol,
      poll: noProtocol,
      cancel: noProtocol,
      "other agents": "There is no protocol to name an agent by: every body is for `echo`.",
    },
    async connect(url, options) {
      const connection = await open(new URL(url), options);
      return {
        wire: connection.wire,
        call: (operation, signal) => reply(connection, operation, signal),
        stream: null,
        [Symbol.asyncDispose]: () => connection[Symbol.asyncDispose](),
      };
    },
  });
}

async function reply(connection: Echoing, { body }: UnaryOf<"send">, signal: AbortSignal): Promise<Reply> {
  return { kind: "message", body: await connection.echo(bodyText(body), signal) };
}

/** A channel of texts whose nth answer is that of the nth question. Throws what `connect` throws. */
export async function inOrder(connect: (events: ChannelEvents<string>) => Promise<Channel<string>>): Promise<Echoing> {
  let answers = 0;
  const framing: Framing<string, string, string> = {
    read: (frame) => ({ id: answers++, frame, last: true }),
    stop: () => null,
    sizeOf: ({ length }) => length,
  };
  const bodies = await Multiplex.open(connect, framing);
  return {
    wire: bodies.wire,
    echo: (body, signal) => bodies.call(() => body, signal),
    [Symbol.asyncDispose]: () => bodies[Symbol.asyncDispose](),
  };
}
