/** How protocols travel: the middle of a binding's name. */
export const transports = ["jsonrpc", "rest", "http", "grpc", "websocket", "stdio", "tcp"] as const;

/** One of {@link transports}. */
export type Transport = (typeof transports)[number];

/** What a transport rides on, as tables name it: transports of one carrier share a client, and its ceiling. */
export type Carrier = "HTTP/1.1" | "gRPC" | "WebSocket" | "stdio" | "TCP";

/** The carrier of each transport. */
export const carriers: Readonly<Record<Transport, Carrier>> = {
  jsonrpc: "HTTP/1.1",
  rest: "HTTP/1.1",
  http: "HTTP/1.1",
  grpc: "gRPC",
  websocket: "WebSocket",
  stdio: "stdio",
  tcp: "TCP",
};
