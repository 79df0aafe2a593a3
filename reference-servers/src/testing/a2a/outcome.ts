import { type A2aErrorEntry, a2aErrors, errorDetails } from "@apb/protocols/a2a";

/** What tests tell apart: the three bindings of A2A. */
export type Transport = "rest" | "jsonrpc" | "grpc";
/** All of them. */
export const transports: readonly Transport[] = ["rest", "jsonrpc", "grpc"];

/** What goes with a request beside its agent; all that is left out is as it should be. */
export interface Extras {
  /** `A2A-Version`; null for none. */
  readonly version?: string | null;
  /** Header fields, or gRPC metadata. */
  readonly headers?: Readonly<Record<string, string>>;
  /** A body instead of the request. */
  readonly bytes?: Uint8Array;
}

/** One operation, by its gRPC name, with all that goes with it. */
export interface Sent extends Extras {
  readonly method: string;
  readonly request: object;
  readonly agent: string;
  readonly version: string | null;
}

/** How a call came out, as far as every transport has it. */
export interface Outcome {
  /** HTTP status; for gRPC the status of the call, 0 when it went well. */
  readonly status: number;
  /** The media type. */
  readonly type: string;
  /**
   * What the transport's envelope holds, as ProtoJSON: the answer, a whole stream as `{"items":[…]}`, or the error: REST's
   * body, JSON-RPC's error object, gRPC's google.rpc.Status.
   */
  readonly answer: unknown;
}

const types: Readonly<Record<Transport, string>> = {
  rest: "application/a2a+json",
  jsonrpc: "application/json",
  grpc: "application/grpc+proto",
};

/** The outcome of an operation that went well. */
export function success(transport: Transport, answer: unknown): Outcome {
  return { status: transport === "grpc" ? 0 : 200, type: types[transport], answer };
}

/** The outcome of a stream that went well. */
export function streamed(transport: Transport, items: unknown): Outcome {
  return { ...success(transport, { items }), ...(transport === "grpc" ? {} : { type: "text/event-stream" }) };
}

/** The outcome of an operation that is refused. */
export function refusal(transport: Transport, entry: A2aErrorEntry, message: unknown): Outcome {
  const { http, grpc, status, jsonrpc } = entry;
  const type = types[transport];
  const details = errorDetails(entry);
  if (transport === "rest") return { status: http, type, answer: { error: { code: http, status, message, details } } };
  if (transport === "grpc") return { status: grpc, type, answer: { code: grpc, message, details } };
  const data = details.length === 0 ? {} : { data: details };
  return { status: entry === a2aErrors.agentNotFound ? 404 : 200, type, answer: { code: jsonrpc, message, ...data } };
}
