import { type Id, isObject, notificationText } from "./jsonrpc.ts";

/**
 * Progress of a request under way, in both revisions (Basic, "Progress"): whoever puts a token into `_meta` may be told how
 * far the work is, with a message. It is what MCP has where others have streams: the answer still comes whole, in the result.
 */
export const progressMethod = "notifications/progress";

/** How MCP streams, as a sentence for tables. */
export const streamedByProgress =
  "events are the messages of progress notifications while a tool runs, which MCP means for news of the work, not for its content; the result repeats all of it";

/** The token that a request gives; null where it wants to hear of no progress. */
export function progressTokenIn(params: Readonly<Record<string, unknown>>): Id | null {
  const { _meta: meta } = params;
  const token = isObject(meta) ? meta.progressToken : undefined;
  return typeof token === "string" || Number.isSafeInteger(token) ? (token as Id) : null;
}

/** The params of a notification: its number of steps so far, which must grow from one to the next, and what the last of them brought. */
export interface Progress {
  readonly progressToken: Id;
  readonly progress: number;
  readonly message: string;
}

/** The notification as text. */
export function progressText(progress: Progress): string {
  return notificationText(progressMethod, progress);
}

/** What a notification says of the progress of a request; null where it has no message, and for every other notification. */
export function progressOf({ method, params }: Told, token: unknown): string | null {
  if (progressTokenOf({ method, params }) !== token) return null;
  const { message } = params as { readonly message?: unknown };
  return typeof message === "string" ? message : null;
}

/** The token of the request whose progress a notification tells; null for every other notification. */
export function progressTokenOf({ method, params }: Told): unknown {
  return method === progressMethod && isObject(params) ? params.progressToken : null;
}

/** A notification. */
interface Told {
  readonly method: string;
  readonly params: unknown;
}
