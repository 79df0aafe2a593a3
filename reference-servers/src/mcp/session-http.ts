import type { IncomingHttpHeaders, ServerResponse } from "node:http";
import { errorCodes, isObject, type Message, resultText } from "@apb/protocols/jsonrpc";
import { metaKeys, revision } from "@apb/protocols/mcp";
import {
  isSessionVersion,
  messageEvent,
  sessionHeaders,
  sessionMethods,
  transportErrorCodes,
} from "@apb/protocols/mcp-session";
import { type Exchange, sendJson } from "../http-listener.ts";
import { acceptsEvents, refuse, sayEvent } from "./endpoint.ts";
import { beginSession, type Session, type SessionService } from "./session.ts";
import type { Outlet } from "./session-call.ts";
import { Sessions } from "./sessions.ts";

/** MCP 2025-11-25 at an endpoint that it shares with the stateless revision. */
export interface SessionMcp {
  /** Whether a request that is no POST belongs to a session: GET listens, DELETE ends. */
  hasMethod(method: string | undefined, headers: IncomingHttpHeaders): boolean;
  /** Whether a message belongs to a session or asks for one. */
  takes(message: Message, headers: IncomingHttpHeaders): boolean;
  /** Answers a message that was sent by POST. */
  answer(message: Message, exchange: Exchange): void | Promise<void>;
  /** Answers GET and DELETE. */
  answerMethod(exchange: Exchange): void;
  close(): void;
}

const { badRequest, sessionNotFound } = transportErrorCodes;
const eventHeaders = { "content-type": "text/event-stream", "cache-control": "no-cache" };

/**
 * MCP 2025-11-25 on HTTP (Transports, "Streamable HTTP"). Every request is answered with an event stream, as the official
 * SDK does unless told otherwise; it ends with the answer, and where that is all there is to say it has a length.
 *
 * Streams cannot be resumed, so an answer whose connection has gone reaches nobody, and the work on it is given up.
 */
export function sessionMcp(service: SessionService): SessionMcp {
  const sessions = new Sessions();
  return {
    hasMethod: (method, headers) => (method === "GET" || method === "DELETE") && claims(headers),
    takes: (message, headers) => (claims(headers) ? !isStateless(message) : begins(message, headers)),
    answer(message, { request: { headers }, response }) {
      if (begins(message, headers)) return begin(service, sessions, message, headers, response);
      const session = find(sessions, headers, response);
      return session === null ? undefined : answerIn(session, message, headers, response);
    },
    answerMethod({ request: { method, headers }, response }) {
      const session = find(sessions, headers, response);
      if (session === null) return;
      if (method === "DELETE") {
        sessions.end(String(headers[sessionHeaders.id]));
        response.writeHead(200, { "content-length": 0 }).end();
      } else if (acceptsEvents(headers)) listen(session, response);
      else refuse(response, 405, errorCodes.invalidRequest, "expected a GET that accepts text/event-stream");
    },
    close: () => sessions.close(),
  };
}

type Request = Extract<Message, { kind: "request" }>;

function claims(headers: IncomingHttpHeaders): boolean {
  return headers[sessionHeaders.id] !== undefined && headers[sessionHeaders.version] !== revision;
}

/** MCP 2026-07-28, "Versioning": who says in `_meta` what revision it speaks is served by itself, whatever its headers. */
function isStateless(message: Message): boolean {
  if (message.kind !== "request" || !isObject(message.params)) return false;
  const { _meta: meta } = message.params;
  return isObject(meta) && meta[metaKeys.version] !== undefined;
}

function begins(message: Message, headers: IncomingHttpHeaders): message is Request {
  if (message.kind !== "request" || message.method !== sessionMethods.initialize) return false;
  return headers[sessionHeaders.id] === undefined && headers[sessionHeaders.version] !== revision;
}

/** The session of a request; null when there is none and the request was answered with why. */
function find(sessions: Sessions, headers: IncomingHttpHeaders, response: ServerResponse): Session | null {
  if (!isSessionVersion(headers[sessionHeaders.version])) {
    refuse(response, 400, badRequest, "expected the MCP-Protocol-Version that initialize agreed on");
    return null;
  }
  const session = sessions.get(String(headers[sessionHeaders.id]));
  if (session === undefined) refuse(response, 404, sessionNotFound, "Session not found");
  return session ?? null;
}

function begin(
  service: SessionService,
  sessions: Sessions,
  { id, params }: Request,
  headers: IncomingHttpHeaders,
  response: ServerResponse,
): void {
  const session = acceptsEvents(headers) ? beginSession(service, params) : null;
  if (session === null) refuseReader(response);
  else if (typeof session === "string") refuse(response, 400, errorCodes.invalidParams, session, id);
  else {
    const own = { ...eventHeaders, [sessionHeaders.id]: sessions.add(session) };
    sendJson(response, 200, messageEvent(resultText(id, session.greeting)), own);
  }
}

function answerIn(
  session: Session,
  message: Message,
  headers: IncomingHttpHeaders,
  response: ServerResponse,
): void | Promise<void> {
  if (message.kind === "invalid") return refuse(response, 400, errorCodes.invalidRequest, message.reason, message.id);
  if (message.kind !== "request") {
    session.receive(message);
    response.writeHead(202, { "content-length": 0 }).end();
    return;
  }
  if (!acceptsEvents(headers)) return refuseReader(response);
  const { id } = message;
  const pending = session.answer(message, replyOn(response));
  if (pending === undefined) return;
  if (response.destroyed) session.cancel(id);
  else response.once("close", () => session.cancel(id));
  return pending;
}

/** One event stream to one request. */
function replyOn(response: ServerResponse): Outlet {
  const begin = (): void => {
    if (!response.headersSent) response.writeHead(200, eventHeaders);
  };
  return {
    send(message) {
      begin();
      return sayEvent(response, message);
    },
    end(message) {
      const last = message === null ? "" : messageEvent(message);
      if (response.headersSent) response.end(last);
      else sendJson(response, 200, last, eventHeaders);
    },
  };
}

/** What the server says unasked (Transports, "Listening for Messages from the Server"); begins with a comment, to show that it is open. */
function listen(session: Session, response: ServerResponse): void {
  if (!session.listen(replyOn(response))) {
    refuse(response, 409, badRequest, "expected one listening stream a session, there is one already");
    return;
  }
  response.once("close", () => session.unlisten());
  response.writeHead(200, eventHeaders);
  response.write(": listening\n\n");
}

function refuseReader(response: ServerResponse): void {
  refuse(response, 406, badRequest, "expected Accept: application/json, text/event-stream");
}
