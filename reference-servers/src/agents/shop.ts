import { type Agent, AgentFailed } from "./agent.ts";

const goods = ["pen", "ink", "paper", "desk", "lamp"];
const price = 12;

/** Gives a user a token: `{"user": "anna"}` → `{"token": "token-of-anna"}`. */
export const login: Agent = {
  name: "login",
  description: 'Gives a user a token; the message is JSON: {"user":"anna"}.',
  answer(text) {
    const { user } = said("login", text);
    if (typeof user !== "string" || user === "") throw new AgentFailed('login expects JSON like {"user":"anna"}');
    return whole({ token: `token-of-${user}` });
  },
};

/**
 * A shop for those who have logged in: `{"token": …, "find": "pen"}` → `{"items": […]}`, `{"token": …, "buy": "pen", "count": 2}` →
 * `{"order": "pen-2", "total": 24}`.
 */
export const shop: Agent = {
  name: "shop",
  description: 'A shop; the message is JSON: {"token":"…","find":"pen"} or {"token":"…","buy":"pen","count":2}.',
  answer(text) {
    const { token, find, buy, count = 1 } = said("shop", text);
    if (typeof token !== "string" || !token.startsWith("token-of-"))
      throw new AgentFailed("shop expects the token that login gave");
    if (typeof find === "string")
      return whole({ items: goods.filter((name) => name.includes(find)).map((name) => ({ name, price })) });
    if (typeof buy !== "string" || !goods.includes(buy)) throw new AgentFailed(`shop has ${goods.join(", ")}`);
    if (typeof count !== "number" || !Number.isSafeInteger(count) || count < 1)
      throw new AgentFailed("shop expects count to be a whole number from 1");
    return whole({ order: `${buy}-${count}`, total: price * count });
  },
};

function whole(answer: unknown) {
  return { chunks: [JSON.stringify(answer)], intervalMs: 0 };
}

function said(agent: string, text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null) return value as Record<string, unknown>;
  } catch {
    // Told below.
  }
  throw new AgentFailed(`${agent} expects JSON, got text that is none`);
}
