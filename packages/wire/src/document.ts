import type { ConnectOptions } from "@apb/core/binding";
import { Failure } from "@apb/core/failure";
import { connectHttp, type HttpRequest } from "./http.ts";
import { expectAllowed } from "./http-refusal.ts";

/** By what is read and its URL; all sessions of a process want the same. */
const known = new Map<string, Promise<unknown>>();

/**
 * What `read` makes of the text at a URL, which is asked for once and by whoever asks first: a thousand sessions cost one
 * request. `about` tells different readings of one text apart. Throws a Failure, and then it is asked for again.
 */
export function documentAt<T>(
  url: string,
  about: string,
  options: ConnectOptions,
  read: (text: string) => T,
): Promise<T> {
  const key = `${about} ${url}`;
  const found = known.get(key) as Promise<T> | undefined;
  if (found !== undefined) return found;
  const asked = textAt(new URL(url), options).then(read);
  known.set(key, asked);
  asked.catch(() => known.delete(key));
  return asked;
}

async function textAt(url: URL, { client, signal, maxReplyBytes, headers }: ConnectOptions): Promise<string> {
  await using http = await connectHttp(url, client, signal, maxReplyBytes, headers);
  const request: HttpRequest = {
    method: "GET",
    path: url.pathname + url.search,
    headers: { accept: "application/json" },
    body: null,
  };
  const reply = await http.request(request, signal);
  if (reply.status === 200) return reply.body;
  expectAllowed(reply);
  throw new Failure("rejected", `expected HTTP 200 for ${url.pathname}, got ${reply.status}`);
}
