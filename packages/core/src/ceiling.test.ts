import { expect, it } from "vitest";
import { type Ceiling, ceilingOf, transportOf } from "./ceiling.ts";

it.each([
  ["one/jsonrpc", "HTTP/1.1"],
  ["one/jsonrpc@2025-11-25", "HTTP/1.1"],
  ["one/rest", "HTTP/1.1"],
  ["two/grpc", "gRPC"],
  ["two/websocket", "WebSocket"],
  ["two/pigeon@1", "pigeon"],
])("%s is carried by %s", (binding, transport) => {
  expect(transportOf(binding)).toBe(transport);
});

it("finds a cell's ceiling by transport and client", () => {
  const measured = { users: 10, sizeBytes: 1024, operationsPerSecond: 20_000, missing: null };
  const ceilings: readonly Ceiling[] = [
    { ...measured, transport: "HTTP/1.1", client: "library" },
    { ...measured, transport: "HTTP/1.1", client: "wire" },
  ];
  expect(ceilingOf(ceilings, { binding: "one/rest", client: "wire" })).toBe(ceilings[1]);
  expect(ceilingOf(ceilings, { binding: "two/grpc", client: "wire" })).toBeNull();
});
