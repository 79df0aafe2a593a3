import { bareProtocol } from "@apb/core/bare";
import type { Binding, ConnectOptions, Session, Spec, Unary, WireBytes } from "@apb/core/binding";
import { Failure } from "@apb/core/failure";
import { binding } from "@apb/core/offer";
import type { Transport } from "@apb/core/transport";

/** A connection that knows nothing but to send a body and to wait for the one that comes back. */
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
    can: new Set(["send"]),
    cannot: {
      discover: noProtocol,
      stream: noProtocol,
      start: noProtocol,
      poll: noProtocol,
      cancel: noProtocol,
      "other agents": "There is no protocol to name an agent by: every body is for `echo`.",
    },
    connect: async (url, options) => sessionOn(await open(new URL(url), options)),
  });
}

function sessionOn(connection: Echoing): Session {
  return {
    wire: connection.wire,
    call: async (operation, signal) => ({ kind: "message", body: await connection.echo(bodyFor(operation), signal) }),
    stream: () => {
      throw new Failure("unsupported", noProtocol);
    },
    [Symbol.asyncDispose]: () => connection[Symbol.asyncDispose](),
  };
}

function bodyFor(operation: Unary): string {
  if (operation.kind !== "send") throw new Failure("unsupported", noProtocol);
  if (operation.agent !== "echo") throw new Failure("unknown-agent", `expected the agent echo, got ${operation.agent}`);
  return operation.body;
}
