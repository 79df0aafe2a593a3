import type { Reply, Session, Streaming, Unary, WireBytes } from "@apb/core/binding";
import { Failure } from "@apb/core/failure";

/** Opens a session; the signal ends the opening alone. */
export type OpenSession = (signal: AbortSignal) => Promise<Session>;

/** So many are closed side by side: each gets a second for its farewell, which thousands at once could not all have. */
const closingAtOnce = 32;

/** The sessions that a workload's iterations open beside those of its VUs, and what these have carried, closed ones too. */
export class OpenedSessions {
  /** What sockets have carried, and connections that were lost and replaced. */
  private readonly past = { sent: 0, received: 0, reconnects: 0 };
  private readonly live = new Set<OpenedSession>();
  private opening = 0;
  private readonly connect: OpenSession;
  private readonly most: number;

  /** No more than `most` are open at a time. */
  constructor(connect: OpenSession, most: number) {
    this.connect = connect;
    this.most = most;
  }

  /** How many are open. */
  get left(): number {
    return this.live.size;
  }

  /** Opens one, which can be closed twice. Throws `usage` beyond the most, and what the opening throws. */
  async open(signal: AbortSignal): Promise<Session> {
    if (this.live.size + this.opening >= this.most) throw tooMany(this.most);
    this.opening++;
    try {
      const opened = new OpenedSession(await this.connect(signal), (session) => this.forget(session));
      this.live.add(opened);
      return opened;
    } finally {
      this.opening--;
    }
  }

  /** Everything these sessions have carried, their handshakes and farewells too. */
  bytes(): { readonly sent: number; readonly received: number; readonly reconnects: number } {
    const all = { ...this.past };
    for (const { wire } of this.live) add(all, wire);
    return all;
  }

  /** Closes all that are left. Never rejects. */
  async closeAll(): Promise<void> {
    const left = this.live.values();
    const work = async (): Promise<void> => {
      for (const session of left) await session[Symbol.asyncDispose]().catch(() => undefined);
    };
    await Promise.all(Array.from({ length: closingAtOnce }, work));
  }

  private forget(session: OpenedSession): void {
    this.live.delete(session);
    add(this.past, session.wire);
  }
}

function add(sum: { sent: number; received: number; reconnects: number }, wire: WireBytes): void {
  sum.sent += wire.sentBytes;
  sum.received += wire.receivedBytes;
  sum.reconnects += wire.connections - 1;
}

/** What becomes of one more session than there may be. */
export function tooMany(most: number): Failure {
  return new Failure(
    "usage",
    most === 0
      ? "expected io.open in an iteration alone, of a workload that says how many sessions these may have open: give it `opens`"
      : `expected at most ${most} sessions opened by iterations at a time, as the workload's \`opens\` says; close some`,
  );
}

/** A session that tells when it is closed. */
class OpenedSession implements Session {
  private readonly inner: Session;
  private readonly closed: (session: OpenedSession) => void;
  private closing: Promise<void> | null = null;

  constructor(inner: Session, closed: (session: OpenedSession) => void) {
    this.inner = inner;
    this.closed = closed;
  }

  get wire(): WireBytes {
    return this.inner.wire;
  }

  call(operation: Unary, signal: AbortSignal): Promise<Reply> {
    return this.inner.call(operation, signal);
  }

  stream(operation: Streaming, signal: AbortSignal): AsyncIterable<Reply> {
    return this.inner.stream(operation, signal);
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.closing ??= this.close();
    return this.closing;
  }

  private async close(): Promise<void> {
    try {
      await this.inner[Symbol.asyncDispose]();
    } finally {
      this.closed(this);
    }
  }
}
