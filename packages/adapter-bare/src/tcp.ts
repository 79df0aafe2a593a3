import type { Binding } from "@apb/core/binding";
import { bareBinding } from "./bare.ts";
import { inOrder } from "./in-order.ts";
import { connectPrefixed } from "./prefixed.ts";

/** Bodies on a plain socket, @apb/protocols/bare. No library has anything to add to it: both clients are the same. */
export const bareTcp: Binding = bareBinding(
  "tcp",
  { name: "no protocol, on TCP", version: "RFC 9293", url: "https://www.rfc-editor.org/rfc/rfc9293" },
  (url, { signal }) => inOrder((events) => connectPrefixed(url, events, signal)),
);
