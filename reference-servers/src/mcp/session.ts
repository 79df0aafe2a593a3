import {
  type ErrorObject,
  errorCodes,
  errorText,
  type Id,
  isObject,
  type Message,
  notificationText,
  requestText,
  resultText,
} from "@apb/protocols/jsonrpc";
import { type Initialize, readInitialize, sessionMethods } from "@apb/protocols/mcp-session";
import { heldBytes } from "../held-bytes.ts";
import { serverInfo } from "./endpoint.ts";
import { CallRefused, type CallSession, type Outlet, type Params, SessionCall } from "./session-call.ts";

/** Answers one method: with the result as JSON text, or by throwing a {@link CallRefused}. */
export type SessionMethod = (call: SessionCall) => string | Promise<string>;

/** What a server offers in its sessions, beside what every session is made of. */
export interface SessionService {
  /** What `initialize` is answered with. */
  readonly capabilities: Params;
  readonly methods: ReadonlyMap<string, SessionMethod>;
  /** Takes the client's notifications, other than those a session itself is made of. */
  notified?(session: Session, method: string, params: Params): void;
}

/** Requests of one session that may be under way; more are refused. */
const mostUnderWay = 10_000;

type Request = Pick<Extract<Message, { kind: "request" }>, "id" | "method" | "params">;

/** A request of the server's that waits for its answer. */
interface Waiting {
  readonly call: SessionCall;
  resolve(result: unknown): void;
  reject(error: CallRefused): void;
}

/** What a session may keep of its client's capabilities: there can be 32,768 sessions. The known ones take a few hundred bytes. */
const capabilityBytes = 4096;

/** The session that the params of `initialize` ask for; a string says what is wrong with them. */
export function beginSession(service: SessionService, params: unknown): Session | string {
  const asked = readInitialize(params);
  if (typeof asked === "string") return asked;
  if (heldBytes(asked.capabilities) > capabilityBytes)
    return `expected capabilities of at most ${capabilityBytes} bytes in memory`;
  return new Session(service, asked);
}

/** One session of MCP 2025-11-25, on whatever transport: what was agreed, and what is under way in it. */
export class Session implements CallSession {
  readonly agreed: Initialize;
  private readonly service: SessionService;
  private readonly underWay = new Map<Id, SessionCall>();
  private readonly waiting = new Map<number, Waiting>();
  private listener: Outlet | null = null;
  private lastId = 0;

  constructor(service: SessionService, agreed: Initialize) {
    this.service = service;
    this.agreed = agreed;
  }

  /** The result of `initialize`, as JSON text. */
  get greeting(): string {
    const { capabilities } = this.service;
    return JSON.stringify({ protocolVersion: this.agreed.version, capabilities, serverInfo });
  }

  /** Whether somebody waits for something to come of it. */
  get busy(): boolean {
    return this.underWay.size > 0 || this.listener !== null;
  }

  /** Answers a request on `outlet`, at once where it can. Never throws, never rejects. */
  answer({ id, method, params = {} }: Request, outlet: Outlet): void | Promise<void> {
    const refuse = (code: number, message: string): void => outlet.end(errorText(id, { code, message }));
    const run = this.service.methods.get(method);
    if (run === undefined) {
      if (method === sessionMethods.ping) return outlet.end(resultText(id, "{}"));
      if (method === sessionMethods.initialize)
        return refuse(errorCodes.invalidRequest, "the session is initialized already");
      return refuse(errorCodes.methodNotFound, `unknown method ${JSON.stringify(method.slice(0, 100))}`);
    }
    if (!isObject(params)) return refuse(errorCodes.invalidParams, "expected the params to be an object");
    if (this.underWay.size >= mostUnderWay)
      return refuse(errorCodes.internalError, `${mostUnderWay} requests of this session are under way`);
    const call = new SessionCall(this, params, outlet);
    try {
      const result = run(call);
      if (typeof result !== "string") return this.finish(id, call, result);
      call.end(resultText(id, result));
    } catch (error) {
      call.end(errorText(id, errorOf(error)));
    }
  }

  /** Takes a notification, or an answer to a request of ours; one that nobody waits for any more is overlooked. */
  receive(message: Extract<Message, { kind: "notification" | "result" | "error" }>): void {
    if (message.kind === "notification") this.notified(message.method, isObject(message.params) ? message.params : {});
    else this.answered(message);
  }

  /** Gives a request up: its stream ends without an answer (Cancellation). */
  cancel(id: Id): void {
    this.underWay.get(id)?.abort();
  }

  /** Where to say what nobody has asked; one listener at a time, false when there is one already. */
  listen(listener: Outlet): boolean {
    if (this.listener !== null) return false;
    this.listener = listener;
    return true;
  }

  unlisten(): void {
    this.listener = null;
  }

  /** Tells the client something that belongs to no request. Lost while nobody listens. */
  notify(method: string, params: Params = {}): void {
    this.listener?.send(notificationText(method, params));
  }

  ask(call: SessionCall, outlet: Outlet, method: string, params: Params): Promise<unknown> {
    if (call.ended) return Promise.reject(new CallRefused(errorCodes.internalError, "the call has ended"));
    const id = ++this.lastId;
    return new Promise((resolve, reject) => {
      this.waiting.set(id, { call, resolve, reject });
      outlet.send(requestText(id, method, JSON.stringify(params)));
    });
  }

  left(call: SessionCall): void {
    for (const [id, waiting] of this.waiting) {
      if (waiting.call !== call) continue;
      this.waiting.delete(id);
      waiting.reject(new CallRefused(errorCodes.internalError, "the call ended before the client answered"));
    }
  }

  /** Gives everything up, and ends the listener's stream. */
  close(): void {
    for (const call of this.underWay.values()) call.abort();
    this.listener?.end(null);
    this.listener = null;
  }

  private async finish(id: Id, call: SessionCall, result: Promise<string>): Promise<void> {
    this.underWay.set(id, call);
    try {
      call.end(resultText(id, await result));
    } catch (error) {
      if (!call.ended) call.end(errorText(id, errorOf(error)));
    } finally {
      // A client must not use an id again in its session, but can: the id may be that of a later request by now.
      if (this.underWay.get(id) === call) this.underWay.delete(id);
    }
  }

  private notified(method: string, params: Params): void {
    const { requestId } = params;
    if (method !== sessionMethods.cancelled) this.service.notified?.(this, method, params);
    else if (typeof requestId === "string" || typeof requestId === "number") this.cancel(requestId);
  }

  private answered(message: Extract<Message, { kind: "result" | "error" }>): void {
    const { id } = message;
    const waiting = typeof id === "number" ? this.waiting.get(id) : undefined;
    if (waiting === undefined) return;
    this.waiting.delete(id as number);
    if (message.kind === "result") waiting.resolve(message.result);
    else waiting.reject(new CallRefused(message.error.code, message.error.message, message.error.data));
  }
}

/** A handler's error as the client is told of it; what is no refusal is a defect of ours. */
function errorOf(error: unknown): ErrorObject {
  if (error instanceof CallRefused) return error.error;
  process.stderr.write(`mcp: ${error instanceof Error ? error.stack : error}\n`);
  return { code: errorCodes.internalError, message: "internal error" };
}
