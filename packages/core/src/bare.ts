import { transportOf } from "./ceiling.ts";

/** The plain socket, under every transport. */
export const bareSocket = "bare/tcp";

const byTransport: Readonly<Record<string, string>> = {
  "HTTP/1.1": "bare/http",
  gRPC: "bare/grpc",
  WebSocket: "bare/websocket",
};

/**
 * Bindings without a protocol, the socket first: the body of a message to `echo`, and nothing else, on a plain socket or
 * on a transport. What a protocol costs is told by the difference to the transport that carries it.
 */
export const bareBindings: readonly string[] = [bareSocket, ...Object.values(byTransport)];

/** Whether a binding's id is one of them. */
export function isBare(bindingId: string): boolean {
  return bareBindings.includes(bindingId);
}

/** The bare transport that a protocol's binding is carried by; null where there is none of its kind. */
export function bareTransportOf(bindingId: string): string | null {
  return byTransport[transportOf(bindingId)] ?? null;
}
