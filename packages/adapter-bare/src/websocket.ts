import type { Binding } from "@apb/core/binding";
import { Failure } from "@apb/core/failure";
import { connectWebSocket } from "@apb/wire/websocket";
import { bareBinding, inOrder } from "./bare.ts";

/** Bodies as text frames, @apb/protocols/bare. */
export const bareWebSocket: Binding = bareBinding(
  "websocket",
  { name: "no protocol, on WebSocket", version: "13", url: "https://www.rfc-editor.org/rfc/rfc6455" },
  (url, { client, signal, maxReplyBytes, headers }) =>
    inOrder(({ message, closed }) => {
      const text = (data: string | Uint8Array): void => {
        if (typeof data !== "string") throw new Failure("protocol", "expected a text frame, got a binary one");
        message(data);
      };
      return connectWebSocket(url, null, { message: text, closed }, client, signal, maxReplyBytes, headers);
    }),
);
