import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { textOf } from "@apb/benchmarks/bodies";
import type { ClientKind } from "@apb/core/binding";
import { describe, expect, it } from "vitest";
import { messages } from "../messages.ts";
import { bindings } from "../paths.ts";
import { nullGrpc } from "./grpc.ts";
import { nullHttp } from "./http.ts";
import { nullWebSocket } from "./websocket.ts";

const text = textOf(1024);
const encoded = (name: string): Uint8Array =>
  messages.find((one) => one.name === name)?.encode(text) ?? new Uint8Array();
const nothing: Readonly<Record<string, readonly [scheme: string, answer: (socket: Socket) => void]>> = {
  "acp/rest": ["http", nullHttp(encoded("ACP run"))],
  "agp/grpc": ["http", nullGrpc(encoded("AGP SendMessage reply"))],
  "acp/websocket": ["ws", nullWebSocket(Buffer.from(encoded("ACP run")).toString("utf8"))],
};
const cases = Object.keys(nothing).flatMap((id) =>
  (["library", "wire"] as const).map((client) => [id, client] as const),
);

async function listening(
  answer: (socket: Socket) => void,
): Promise<{ readonly server: Server; readonly port: number }> {
  const server = createServer(answer);
  await once(server.listen(0, "127.0.0.1"), "listening");
  return { server, port: (server.address() as AddressInfo).port };
}

describe("a null server", () => {
  it.each(cases)("satisfies %s by the %s client, and lets it go", async (id: string, client: ClientKind) => {
    const [scheme, answer] = nothing[id] ?? ["", () => undefined];
    const { server, port } = await listening(answer);
    const { signal } = new AbortController();
    const session = await bindings
      .find((one) => one.id === id)
      ?.connect(`${scheme}://127.0.0.1:${port}`, { client, signal });
    const calls = Array.from({ length: 5 }, () => session?.call({ kind: "send", agent: "echo", body: text }, signal));
    for (const reply of await Promise.all(calls)) expect(reply).toEqual({ kind: "message", body: text });
    await session?.[Symbol.asyncDispose]();
    await new Promise((resolve) => server.close(resolve));
  });

  it("finds requests wherever they are cut", async () => {
    const { server, port } = await listening(nullHttp(Buffer.from("{}")));
    const socket = connect(port, "127.0.0.1").setNoDelay(true);
    const requests = "POST / HTTP/1.1\r\nContent-Length: 4\r\n\r\nbodyGET / HTTP/1.1\r\nhost: x\r\n\r\n".repeat(2);
    for (const byte of requests) {
      socket.write(byte);
      await new Promise((resolve) => setImmediate(resolve));
    }
    let answers = "";
    for await (const chunk of socket) {
      answers += chunk;
      if (answers.split("{}").length > 4) break;
    }
    expect(answers.match(/HTTP\/1\.1 200 OK/g)).toHaveLength(4);
    await new Promise((resolve) => server.close(resolve));
  });
});
