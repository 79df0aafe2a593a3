import { AgentCard } from "@a2a-js/sdk";
import type { AgentCard as Card } from "@apb/protocols/a2a";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Agents } from "../agents/agents.ts";
import { openProbe, type Probe } from "../testing/a2a/probe.ts";

const agents = new Agents();
/** What agents are asked that want JSON. */
const asked: Readonly<Record<string, string>> = {
  tokens: '{"chunks":1}',
  login: '{"user":"anna"}',
  shop: '{"token":"token-of-anna","buy":"pen"}',
};
const names = agents.list.map(({ name }) => name);
let probe: Probe;
beforeAll(async () => {
  probe = await openProbe(agents);
});
afterAll(() => probe[Symbol.asyncDispose]());

const cardUrl = (name: string): string => `${probe.origin}/agents/${name}/.well-known/agent-card.json`;
const extended = async (agent: string): Promise<Card> =>
  (await probe.call("grpc", "GetExtendedAgentCard", {}, agent)).answer as Card;
const described = (name: string): string => agents.list.find((agent) => agent.name === name)?.description ?? "";
const skill = (name: string): object => ({ id: name, name, description: described(name), tags: ["reference"] });

/** All that a card says beside its interfaces and its skills. */
function said(name: string, extendedAgentCard: boolean): object {
  return {
    name,
    description: described(name),
    version: "1.0.0",
    capabilities: { streaming: true, pushNotifications: false, extendedAgentCard },
    defaultInputModes: ["text/plain"],
    defaultOutputModes: ["text/plain"],
  };
}

describe.each(names)("the card of %s", (name) => {
  it("is at its well-known place, complete, and nothing in it is unknown to the SDK", async () => {
    const card = (await (await fetch(cardUrl(name))).json()) as Card;
    const at = `${probe.origin}/agents/${name}`;
    expect(card).toEqual({
      ...said(name, false),
      supportedInterfaces: [
        { url: `${at}/rpc`, protocolBinding: "JSONRPC", protocolVersion: "1.0" },
        { url: at, protocolBinding: "HTTP+JSON", protocolVersion: "1.0" },
      ],
      skills: [skill(name)],
    });
    expect(AgentCard.toJSON(AgentCard.fromJSON(card))).toEqual(card);
  });

  it("is what gRPC tells of its tenant", async () => {
    const url = probe.authority;
    expect(await extended(name)).toEqual({
      ...said(name, true),
      supportedInterfaces: [{ url, protocolBinding: "GRPC", protocolVersion: "1.0", tenant: name }],
      skills: [skill(name)],
    });
  });

  it("has interfaces that answer", async () => {
    const text = asked[name] ?? "hi";
    const message = { message: { messageId: "m1", role: "ROLE_USER", parts: [{ text }] } };
    const headers = { "content-type": "application/json", "a2a-version": "1.0" };
    const post = async (url: string, body: object): Promise<unknown> =>
      (await fetch(url, { method: "POST", headers, body: JSON.stringify(body) })).json();
    const { supportedInterfaces } = (await (await fetch(cardUrl(name))).json()) as Card;
    const [rpc, rest] = supportedInterfaces.map(({ url }) => url);
    const answer = { message: { parts: [{ text: agents.run(name, text) }] } };
    const sent = { jsonrpc: "2.0", id: 1, method: "SendMessage", params: message };
    expect(await post(rpc as string, sent)).toMatchObject({ result: answer });
    expect(await post(`${rest}/message:send`, message)).toMatchObject(answer);
    const [grpc] = (await extended(name)).supportedInterfaces;
    expect(await probe.call("grpc", "SendMessage", message, grpc?.tenant)).toMatchObject({ answer });
  });
});

it("of a gRPC server as a whole has a skill and an interface for each agent", async () => {
  const url = probe.authority;
  expect(await extended("")).toEqual({
    ...said("echo", true),
    supportedInterfaces: names.map((tenant) => ({ url, protocolBinding: "GRPC", protocolVersion: "1.0", tenant })),
    skills: names.map(skill),
  });
});

it("may be kept, and is not sent again to who has it", async () => {
  const first = await fetch(cardUrl("echo"));
  expect(first.headers.get("content-type")).toBe("application/json");
  expect(first.headers.get("cache-control")).toBe("public, max-age=60");
  const etag = first.headers.get("etag") as string;
  expect(etag).toMatch(/^"[\w-]{43}"$/);
  for (const known of [etag, `W/${etag}`, `"another", ${etag}`, "*"]) {
    const again = await fetch(cardUrl("echo"), { headers: { "if-none-match": known } });
    expect([again.status, again.headers.get("etag"), await again.text()]).toEqual([304, etag, ""]);
  }
  const changed = await fetch(cardUrl("echo"), { headers: { "if-none-match": '"another"' } });
  expect([changed.status, await changed.json()]).toEqual([200, await first.json()]);
  expect((await fetch(cardUrl("writer"))).headers.get("etag")).not.toBe(etag);
});

it("is told by HEAD without being sent", async () => {
  const response = await fetch(cardUrl("echo"), { method: "HEAD" });
  expect([response.status, await response.text()]).toEqual([200, ""]);
  expect(Number(response.headers.get("content-length"))).toBeGreaterThan(100);
});

it("is not there for an agent that is not there", async () => {
  const response = await fetch(cardUrl("no"));
  expect(response.status).toBe(404);
  expect(await response.json()).toMatchObject({ error: { code: 404, status: "NOT_FOUND" } });
});
