import { isObject } from "@apb/protocols/jsonrpc";
import type { Params } from "../session-call.ts";
import { badParams, type Call, complete, refuse } from "../stateless.ts";
import { type Reply, replyTo } from "./reply.ts";

const subscriptionIdKey = "io.modelcontextprotocol/subscriptionId";

/** What can be listened to, and the notification that says it. */
const topics = {
  toolsListChanged: "notifications/tools/list_changed",
  promptsListChanged: "notifications/prompts/list_changed",
} as const;

/** One thing that can be listened to, as a filter names it. */
export type Topic = keyof typeof topics;

/** The streams that clients have opened with `subscriptions/listen` (Subscriptions). */
export interface Subscriptions {
  /** Answers `subscriptions/listen`: first what is honoured of its filter, then what happens, until the client leaves. */
  open(call: Call, params: Params): void;
  publish(topic: Topic): void;
  /** Tells every listener that its subscription has ended. */
  close(): void;
}

interface Listener {
  readonly topics: readonly Topic[];
  readonly meta: object;
  readonly reply: Reply;
}

/** No subscription yet. */
export function noSubscriptions(): Subscriptions {
  const listeners = new Set<Listener>();
  return {
    open(call, { notifications }) {
      if (!isObject(notifications)) return refuse(call, badParams(400, "expected the notifications to listen to"));
      const honoured = (Object.keys(topics) as Topic[]).filter((topic) => notifications[topic] === true);
      const listener = { topics: honoured, meta: { [subscriptionIdKey]: call.id }, reply: replyTo(call) };
      listeners.add(listener);
      call.response.once("close", () => listeners.delete(listener));
      listener.reply.notify("notifications/subscriptions/acknowledged", {
        _meta: listener.meta,
        notifications: Object.fromEntries(honoured.map((topic) => [topic, true])),
      });
    },
    publish(topic) {
      for (const { topics: wanted, meta, reply } of listeners)
        if (wanted.includes(topic)) reply.notify(topics[topic], { _meta: meta });
    },
    close() {
      for (const { meta, reply } of listeners)
        reply.end({ result: { ...complete, _meta: { ...complete._meta, ...meta } } });
      listeners.clear();
    },
  };
}
