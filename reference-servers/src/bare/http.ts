import { bareMediaType, barePath } from "@apb/protocols/bare";
import { TooBusy } from "../agents/agent.ts";
import { type Agents, askEcho } from "../agents/agents.ts";
import { type HttpDoor, sendJson } from "../http-listener.ts";

const headers = { "content-type": bareMediaType };
const byteOrderMark = "\ufeff";

/** Bodies POSTed as they are, @apb/protocols/bare. */
export function bareHttp(agents: Agents): HttpDoor {
  return {
    handles: (path) => path === barePath,
    answer({ request, response, body }) {
      if (request.method !== "POST") return sendJson(response, 405, "expected POST", { ...headers, allow: "POST" });
      try {
        askEcho(agents, body.toString("utf8"), (answer) => sendJson(response, 200, marked(answer), headers));
      } catch (error) {
        if (!(error instanceof TooBusy)) throw error;
        sendJson(response, 503, error.message, headers);
      }
    },
    refuse: (response, status, message) => sendJson(response, status, message, headers),
  };
}

/** A client takes one byte order mark away (https://encoding.spec.whatwg.org/#utf-8-decode): a text that begins with one goes behind another. */
function marked(text: string): string {
  return text.startsWith(byteOrderMark) ? byteOrderMark + text : text;
}
