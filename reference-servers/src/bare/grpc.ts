import { bareMethod } from "@apb/protocols/bare";
import type { Agents } from "../agents/agents.ts";
import { prefixBytes } from "../grpc-framing.ts";
import type { GrpcDoor } from "../grpc-listener.ts";

/** Bodies in gRPC's framing as they are, @apb/protocols/bare. */
export function bareGrpc(agents: Agents): GrpcDoor {
  return {
    methods: new Map([
      [
        bareMethod,
        {
          kind: "unary",
          answer(message) {
            const answered = agents.run("echo", message.toString("utf8"));
            return typeof answered === "string" ? framed(answered) : answered.then(framed);
          },
        },
      ],
    ]),
  };
}

function framed(text: string): Buffer {
  const size = Buffer.byteLength(text);
  const frame = Buffer.allocUnsafe(prefixBytes + size);
  frame.writeUInt8(0);
  frame.writeUInt32BE(size, 1);
  frame.write(text, prefixBytes, "utf8");
  return frame;
}
