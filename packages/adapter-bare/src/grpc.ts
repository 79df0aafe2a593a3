import type { Binding } from "@apb/core/binding";
import { bareMethod } from "@apb/protocols/bare";
import { connectGrpc } from "@apb/wire/grpc";
import { bareBinding } from "./bare.ts";

const noMetadata = {};

/** Bodies as the messages of gRPC calls, without protobuf, @apb/protocols/bare. */
export const bareGrpc: Binding = bareBinding(
  "grpc",
  {
    name: "no protocol, on gRPC",
    version: "1",
    url: "https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md",
  },
  async (url, { client, signal, maxReplyBytes, headers }) => {
    const grpc = await connectGrpc(url, client, signal, maxReplyBytes, headers);
    return {
      wire: grpc.wire,
      echo: (body, callSignal) => grpc.ask(bareMethod, Buffer.from(body, "utf8"), noMetadata, callSignal, textOf),
      [Symbol.asyncDispose]: () => grpc[Symbol.asyncDispose](),
    };
  },
);

function textOf({ buffer, byteOffset, length }: Uint8Array): string {
  return Buffer.from(buffer, byteOffset, length).toString("utf8");
}
