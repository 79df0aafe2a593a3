import { type AddressInfo, createServer, type Socket } from "node:net";
import { parseArgs } from "node:util";
import { textOf } from "@apb/benchmarks/bodies";
import { Failure } from "@apb/core/failure";
import { messages } from "../messages.ts";
import { bodyBytes } from "../paths.ts";
import { nullGrpc } from "./grpc.ts";
import { nullHttp } from "./http.ts";
import { nullWebSocket } from "./websocket.ts";

/**
 * A server process that does nothing: what it answers was made before the first request came, so that what limits a
 * client here is the client. It is started, announces its bindings and ends as the reference servers do.
 */
const { values } = parseArgs({ options: { binding: { type: "string", multiple: true, default: [] } }, strict: false });

/** What each binding's own client takes for the echo of the body it sends. */
const answers: Readonly<Record<string, () => (socket: Socket) => void>> = {
  "acp/rest": () => nullHttp(encoded("ACP run")),
  "agp/grpc": () => nullGrpc(encoded("AGP SendMessage reply")),
  "acp/websocket": () => nullWebSocket(Buffer.from(encoded("ACP run")).toString("utf8")),
};

function encoded(name: string): Uint8Array {
  const message = messages.find((one) => one.name === name);
  if (message === undefined) throw new Failure("internal", `there is no message ${name}`);
  return message.encode(textOf(bodyBytes));
}

function listen(binding: string): void {
  const answer = answers[binding];
  if (answer === undefined) throw new Failure("internal", `there is no null server of ${binding}`);
  const server = createServer(answer());
  server.listen(0, "127.0.0.1", () => {
    const { port } = server.address() as AddressInfo;
    const url = `${binding === "acp/websocket" ? "ws" : "http"}://127.0.0.1:${port}`;
    process.stdout.write(`${JSON.stringify({ ready: true, binding, url })}\n`);
  });
}

for (const binding of values.binding) listen(String(binding));
for (const name of ["SIGTERM", "SIGINT", "disconnect"] as const) process.on(name, () => process.exit(0));
