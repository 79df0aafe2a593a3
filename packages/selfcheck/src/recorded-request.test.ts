import { textOf } from "@apb/benchmarks/bodies";
import { callRequest, headerNames, revision } from "@apb/protocols/mcp";
import { expect, it } from "vitest";
import { messages } from "./messages.ts";
import { bindings } from "./paths.ts";
import { recordRequest } from "./recorded-request.ts";

async function record(id: string, url: string) {
  const binding = bindings.find((one) => one.id === id);
  if (binding === undefined) throw new Error(`no binding ${id}`);
  return recordRequest(binding, url, 1024);
}

it("is what the binding puts on HTTP", async () => {
  const { protocol, path, headers, body } = await record("mcp/jsonrpc", "http://localhost:9/mcp");
  expect({ protocol, path }).toEqual({ protocol: "HTTP/1.1", path: "/mcp" });
  expect(body.toString("utf8")).toBe(callRequest(1, "echo", textOf(1024)));
  expect(headers).toContainEqual([headerNames.version, revision]);
  expect(headers.map(([name]) => name)).not.toContain("content-length");
});

it("is what the binding puts on gRPC, with the message's prefix", async () => {
  const { protocol, path, headers, body } = await record("agp/grpc", "http://localhost:9");
  const message = messages.find(({ name }) => name === "AGP SendMessage request")?.encode(textOf(1024));
  expect({ protocol, path }).toEqual({ protocol: "gRPC", path: "/agp.Gateway/SendMessage" });
  expect(body.readUInt32BE(1)).toBe(message?.length);
  expect(body.subarray(5)).toEqual(Buffer.from(message ?? []));
  expect(headers).toContainEqual(["te", "trailers"]);
  expect(headers.map(([name]) => name)).not.toContain(":path");
});
