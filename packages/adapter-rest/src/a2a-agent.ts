import type { ConnectOptions } from "@apb/core/binding";
import { succeeded } from "@apb/core/problem";
import { accessHeaders } from "@apb/core/url";
import type { AgentInterface } from "@apb/protocols/a2a";
import { interfaceIn, isCardUrl } from "@apb/protocols/a2a-card";
import { documentAt } from "@apb/wire/document";

/** Where an agent of A2A is asked, and the tenant that goes with every request; null for none. */
export interface Agent {
  readonly url: string;
  readonly tenant: string | null;
}

/** The agent at a URL or, where a card is there, the interface that it has for a binding. Throws a Failure. */
export async function agentAt(
  url: string,
  protocolBinding: AgentInterface["protocolBinding"],
  options: ConnectOptions,
): Promise<Agent> {
  if (!isCardUrl(url)) return { url, tenant: null };
  const secret = Object.keys(accessHeaders(new URL(url), options.headers ?? {})).length > 0;
  return documentAt(url, protocolBinding, options, (text) =>
    succeeded(interfaceIn(text, protocolBinding, { url, secret })),
  );
}
