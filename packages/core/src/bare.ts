import type { BindingIdentity } from "./binding.ts";
import { type Carrier, carriers } from "./transport.ts";

/**
 * The protocol of bindings without one: the body of a message to `echo`, and nothing else, on a plain socket or on a
 * transport. What a protocol costs is told by the difference to the bare binding on the same carrier.
 */
export const bareProtocol = "bare";

/** The carrier of the plain socket, which is under every other. */
export const socketCarrier: Carrier = "TCP";

/** What is measured without a protocol as well. The others are no sockets, and have none under them. */
export const bareCarriers: ReadonlySet<Carrier> = new Set(["TCP", "HTTP/1.1", "gRPC", "WebSocket"]);

/** Whether a binding is one of those without a protocol. */
export function isBare({ protocol }: Pick<BindingIdentity, "protocol">): boolean {
  return protocol === bareProtocol;
}

/** The first of these bindings that is the bare one on a carrier; undefined when none is. */
export function bareOn<Identity extends BindingIdentity>(
  bindings: readonly Identity[],
  carrier: Carrier,
): Identity | undefined {
  return bindings.find((binding) => isBare(binding) && carriers[binding.transport] === carrier);
}
