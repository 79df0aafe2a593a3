import type { Binding } from "@apb/core/binding";
import { Failure } from "@apb/core/failure";
import { bareMediaType, barePath } from "@apb/protocols/bare";
import { connectHttp } from "@apb/wire/http";
import { expectAllowed } from "@apb/wire/http-refusal";
import { bareBinding } from "./bare.ts";

const bodyHeaders = { accept: "text/plain", "content-type": bareMediaType };

/** Bodies as those of HTTP/1.1 requests and replies, @apb/protocols/bare. */
export const bareHttp: Binding = bareBinding(
  "http",
  { name: "no protocol, on HTTP", version: "1.1", url: "https://www.rfc-editor.org/rfc/rfc9112" },
  async (url, { client, signal, maxReplyBytes, headers }) => {
    const http = await connectHttp(url, client, signal, maxReplyBytes, headers);
    const path = barePath + url.search;
    return {
      wire: http.wire,
      async echo(body, callSignal) {
        const reply = await http.request({ method: "POST", path, headers: bodyHeaders, body }, callSignal);
        if (reply.status === 200) return reply.body;
        expectAllowed(reply);
        throw new Failure("rejected", `expected HTTP 200, got ${reply.status}: ${reply.body.slice(0, 200)}`);
      },
      [Symbol.asyncDispose]: () => http[Symbol.asyncDispose](),
    };
  },
);
