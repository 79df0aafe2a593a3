import { type ErrorObject, notificationText } from "@apb/protocols/jsonrpc";
import type { Initialize } from "@apb/protocols/mcp-session";

/** Named parameters. */
export type Params = Readonly<Record<string, unknown>>;

/** Where the messages about one request go. */
export interface Outlet {
  /** One that comes before the answer; resolves, where the client is slow to read, when there is room for the next. */
  send(message: string): Promise<void> | undefined;
  /** The answer, after which nothing comes; null when there is to be none. */
  end(message: string | null): void;
}

/** What a call has of the session it is in. */
export interface CallSession {
  readonly agreed: Initialize;
  /** Asks the client something in the course of a call. Rejects with its refusal, and when the call ends before it answers. */
  ask(call: SessionCall, outlet: Outlet, method: string, params: Params): Promise<unknown>;
  /** Nobody waits any more for answers to what was asked in the course of this call. */
  left(call: SessionCall): void;
}

/** Why a request has no result: an error of JSON-RPC. */
export class CallRefused extends Error {
  override readonly name = "CallRefused";
  readonly error: ErrorObject;

  constructor(code: number, message: string, data?: unknown) {
    super(message);
    this.error = data === undefined ? { code, message } : { code, message, data };
  }
}

/** A request while it is being answered: its params, and the way to its client. */
export class SessionCall {
  readonly session: CallSession;
  /** Whether it was answered or given up: nothing more can be said about it. */
  ended = false;
  private given: Params;
  private readonly outlet: Outlet;
  private controller: AbortController | null = null;

  constructor(session: CallSession, params: Params, outlet: Outlet) {
    this.session = session;
    this.given = params;
    this.outlet = outlet;
  }

  /** Empty once they were forgotten. */
  get params(): Params {
    return this.given;
  }

  /** Lets go of the params, which can be large: who has read them and must wait need not keep them. */
  forgetParams(): void {
    this.given = {};
  }

  /** Aborted when nobody waits for the answer any more. Made when it is first asked for: it costs more than an echo. */
  get signal(): AbortSignal {
    this.controller ??= new AbortController();
    if (this.ended) this.controller.abort();
    return this.controller.signal;
  }

  /** Tells the client something about this request before its answer: progress, a log message. */
  notify(method: string, params: Params): void {
    this.say(notificationText(method, params));
  }

  /** Says one message about this request before its answer, as its outlet does. */
  say(message: string): Promise<void> | undefined {
    return this.ended ? undefined : this.outlet.send(message);
  }

  /** Asks the client something before the answer: `sampling/createMessage`, `elicitation/create`. Rejects with a {@link CallRefused}. */
  request(method: string, params: Params): Promise<unknown> {
    return this.session.ask(this, this.outlet, method, params);
  }

  /** Answers. What comes after the first end is dropped. */
  end(message: string | null): void {
    if (this.ended) return;
    this.ended = true;
    this.outlet.end(message);
    this.session.left(this);
  }

  /** Ends without an answer, and tells whoever is at work on it. */
  abort(): void {
    if (this.ended) return;
    this.end(null);
    this.controller?.abort();
  }
}
