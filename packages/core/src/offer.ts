import {
  type Binding,
  type BindingIdentity,
  bindingId,
  type ConnectOptions,
  type MostSessions,
  type Operation,
  type OperationKind,
  type Reply,
  type Session,
  type Spec,
  type Streaming,
  type Unary,
  type UnaryOf,
  type WireBytes,
} from "./binding.ts";
import { Failure } from "./failure.ts";

/** What an adapter writes of a session: the operations that its binding offers, and so the only ones it is asked for. */
export interface Offered<Kind extends OperationKind> extends AsyncDisposable {
  call(operation: UnaryOf<Kind>, signal: AbortSignal): Promise<Reply>;
  /** Null where nothing is streamed. */
  readonly stream: "stream" extends Kind ? Session["stream"] : null;
  readonly wire: WireBytes;
  readonly pid?: number;
}

/** What an adapter says of its binding: the operations it has, and for each that it has not the reason. */
export interface Offer<Kind extends OperationKind> extends BindingIdentity {
  readonly spec: Spec;
  readonly can: readonly Kind[];
  readonly cannot: Readonly<Record<Exclude<OperationKind, Kind>, string>> & { readonly "other agents"?: string };
  readonly mostSessions?: MostSessions;
  /** Opens one session. Throws a Failure (`refused`, `protocol`, …). */
  connect(url: string, options: ConnectOptions): Promise<Offered<NoInfer<Kind>>>;
}

/** The binding of an offer. Its sessions refuse what is not offered as `unsupported`, in the words of `cannot`, and send nothing. */
export function binding<Kind extends OperationKind>(offer: Offer<Kind>): Binding {
  const { protocol, transport, variant, spec, mostSessions } = offer;
  const can: ReadonlySet<OperationKind> = new Set(offer.can);
  const cannot: Binding["cannot"] = offer.cannot;
  const refusal = refusalBy(cannot);
  return {
    ...{ protocol, transport, variant, spec, can, cannot },
    ...(mostSessions === undefined ? {} : { mostSessions }),
    id: bindingId(offer),
    async connect(url, options) {
      const session: Omit<Session, "stream"> & { stream: Session["stream"] | null } = await offer.connect(url, options);
      // The stream that is null is the one that is refused.
      return new OfferedSession(session as Session, refusal);
    },
  };
}

/** Null for what is offered. */
type Refusal = (operation: Operation) => Failure | null;

function refusalBy(cannot: Binding["cannot"]): Refusal {
  const otherAgents = cannot["other agents"];
  return (operation) => {
    const named = "agent" in operation && operation.agent !== "echo";
    const reason = cannot[operation.kind] ?? (named ? otherAgents : undefined);
    return reason === undefined ? null : new Failure("unsupported", reason);
  };
}

/** A class, so that of thousands of sessions none holds functions of its own for this. */
class OfferedSession implements Session {
  readonly wire: WireBytes;
  readonly pid?: number;
  private readonly session: Session;
  private readonly refusal: Refusal;

  constructor(session: Session, refusal: Refusal) {
    this.wire = session.wire;
    if (session.pid !== undefined) this.pid = session.pid;
    this.session = session;
    this.refusal = refusal;
  }

  /** The session's own promise: one more for every call would cost in the window. */
  call(operation: Unary, signal: AbortSignal): Promise<Reply> {
    const refused = this.refusal(operation);
    return refused === null ? this.session.call(operation, signal) : Promise.reject(refused);
  }

  stream(operation: Streaming, signal: AbortSignal): AsyncIterable<Reply> {
    const refused = this.refusal(operation);
    if (refused !== null) throw refused;
    return this.session.stream(operation, signal);
  }

  [Symbol.asyncDispose](): PromiseLike<void> {
    return this.session[Symbol.asyncDispose]();
  }
}
