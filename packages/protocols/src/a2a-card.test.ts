import { expect, it } from "vitest";
import { interfaceIn, isCardUrl } from "./a2a-card.ts";

const url = "http://localhost:4000/agents/x/.well-known/agent-card.json";
const rest = { url: "http://localhost:4000/rest", protocolBinding: "HTTP+JSON", protocolVersion: "1.0" };
const grpc = { url: "localhost:5000", protocolBinding: "GRPC", protocolVersion: "1.0", tenant: "t" };
const far = { url: "https://far.example/rpc", protocolBinding: "JSONRPC", protocolVersion: "1.0" };
const card = JSON.stringify({ name: "x", supportedInterfaces: [null, rest, grpc, far] });

it.each([
  [url, true],
  ["http://localhost/card/agent-card.json?x=1", true],
  ["http://localhost/agents/{agent}", false],
  ["http://localhost/agent-card.json/rpc", false],
])("%s is a card's: %s", (given, is) => expect(isCardUrl(given)).toBe(is));

it.each([
  ["HTTP+JSON", url, { kind: "interface", url: "http://localhost:4000/rest", tenant: null }],
  ["GRPC", url, { kind: "interface", url: "http://localhost:5000/", tenant: "t" }],
  ["JSONRPC", url, { kind: "interface", url: "https://far.example/rpc", tenant: null }],
  ["HTTP+JSON", url.replace("//", "//u:p@"), { kind: "interface", url: "http://u:p@localhost:4000/rest" }],
] as const)("an interface %s is found in the card at %s", (binding, at, found) => {
  expect(interfaceIn(card, binding, { url: at, secret: false })).toMatchObject(found);
});

it("does not take secrets to another host", () => {
  expect(interfaceIn(card, "JSONRPC", { url, secret: true })).toMatchObject({
    kind: "problem",
    message: expect.stringContaining("far.example"),
  });
  expect(interfaceIn(card, "HTTP+JSON", { url, secret: true })).toMatchObject({ kind: "interface" });
});

it("does not take secrets from TLS to the clear, and has gRPC on TLS where the card is", () => {
  const secure = url.replace("http:", "https:");
  expect(interfaceIn(card, "HTTP+JSON", { url: secure, secret: true })).toMatchObject({ kind: "problem" });
  expect(interfaceIn(card, "HTTP+JSON", { url: secure, secret: false })).toMatchObject({ kind: "interface" });
  expect(interfaceIn(card, "GRPC", { url: secure, secret: true })).toMatchObject({ url: "https://localhost:5000/" });
});

it.each(["", "[]", "null", '{"supportedInterfaces":{}}', '{"supportedInterfaces":[{"protocolBinding":"GRPC"}]}'])(
  "%j has none",
  (text) => {
    expect(interfaceIn(text, "GRPC", { url, secret: false })).toMatchObject({ kind: "problem", failure: "protocol" });
  },
);
