import type { AgentInterface } from "./a2a.ts";
import { type A2aProblem, offSpec, parseJson } from "./a2a-client.ts";

/** Where an agent is to be asked, as its card says (§8): one of its interfaces. */
export interface CardInterface {
  readonly kind: "interface";
  readonly url: string;
  /** What goes with every request to tell one agent of a server from others; null for none. */
  readonly tenant: string | null;
}

/** Whether a URL is of a card and not of an agent. */
export function isCardUrl(url: string): boolean {
  return /\/agent-card\.json$/.test(new URL(url.replace("{agent}", "agent")).pathname);
}

/**
 * The interface for a binding in the text of the card at a URL, with that URL's user and password; gRPC's `host:port` as a
 * URL. A card whose interface is on another host is a problem where there are secrets: they were given for the card's host.
 */
export function interfaceIn(
  text: string,
  protocolBinding: AgentInterface["protocolBinding"],
  { url: cardUrl, secret }: { readonly url: string; readonly secret: boolean },
): CardInterface | A2aProblem {
  const card = parseJson(text) as { supportedInterfaces?: unknown } | null | undefined;
  const interfaces = Array.isArray(card?.supportedInterfaces)
    ? (card.supportedInterfaces as Partial<AgentInterface>[])
    : [];
  const offered = interfaces.map((one) => String(one?.protocolBinding)).join(", ") || "none";
  const found = interfaces.find((one) => one?.protocolBinding === protocolBinding && typeof one.url === "string");
  if (found === undefined)
    return offSpec(`an agent card with an interface ${protocolBinding} at ${new URL(cardUrl).pathname}`, offered);
  const written = found.url as string;
  const { hostname, username, password, protocol } = new URL(cardUrl);
  // gRPC's `host:port` says nothing of TLS: it is as the card was.
  const whole = /^[a-z]+:\/\//i.test(written) ? written : `${protocol}//${written}`;
  if (!URL.canParse(whole)) return offSpec("an interface with a URL", written);
  const url = new URL(whole);
  if (secret && url.hostname !== hostname)
    return offSpec(
      `an interface on the card's own host ${hostname}, for which the headers, user and password are; give the interface's URL as the target instead of the card's`,
      url.hostname,
    );
  if (secret && protocol === "https:" && url.protocol !== "https:")
    return offSpec(
      "an interface on TLS as its card is, for the headers, user and password are not to go in the clear; give the interface's URL as the target instead of the card's",
      url.protocol,
    );
  url.username = username;
  url.password = password;
  const { tenant } = found as { tenant?: unknown };
  return { kind: "interface", url: url.href, tenant: typeof tenant === "string" && tenant !== "" ? tenant : null };
}
