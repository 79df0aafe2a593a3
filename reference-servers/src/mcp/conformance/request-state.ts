import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";

const key = randomBytes(32);
const validMs = 5 * 60_000;

/** What a server without memory has to know when its question is answered. */
interface State {
  readonly asker: string;
  readonly round: number;
  /** Milliseconds since 1970. */
  readonly until: number;
}

/** How far an asker has come, as text that a client carries and cannot change (Multi Round-Trip Requests, "Server Requirements"). */
export function sealRound(asker: string, round: number): string {
  const state: State = { asker, round, until: Date.now() + validMs };
  return signed(Buffer.from(JSON.stringify(state)).toString("base64url"));
}

/** How far the asker had come; null for a state that is not this server's, is another asker's or has lapsed. */
export function openRound(sealed: unknown, asker: string): number | null {
  if (typeof sealed !== "string") return null;
  const body = sealed.slice(0, Math.max(sealed.lastIndexOf("."), 0));
  const given = Buffer.from(sealed);
  const expected = Buffer.from(signed(body));
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) return null;
  const state = JSON.parse(Buffer.from(body, "base64url").toString("utf8")) as State;
  return state.asker === asker && state.until >= Date.now() ? state.round : null;
}

function signed(body: string): string {
  return `${body}.${createHmac("sha256", key).update(body).digest("base64url")}`;
}
