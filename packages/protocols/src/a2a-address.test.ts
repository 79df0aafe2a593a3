import { describe, expect, it } from "vitest";
import { a2aAddress } from "./a2a-address.ts";

describe("a2aAddress", () => {
  it("puts the agent where the URL says {agent}", () => {
    const address = a2aAddress("http://127.0.0.1:8000/agents/{agent}/rpc");
    expect(address.pathOf("echo")).toBe("/agents/echo/rpc");
    expect(address.pathOf("a/b ü")).toBe("/agents/a%2Fb%20%C3%BC/rpc");
    expect(address.nameInHandles("echo")).toBe("echo");
    expect(address.taskOf("echo/1")).toEqual({ agent: "echo", id: "1" });
    expect(address.taskOf("1")).toBeUndefined();
    expect(address.directories.map(({ path }) => path)).toEqual(["/agents/"]);
  });

  it("takes a URL without {agent} for one agent's", () => {
    const address = a2aAddress("https://agents.example/rpc/");
    expect(address.pathOf("echo")).toBe("/rpc/");
    expect(address.nameInHandles("echo")).toBe("");
    expect(address.taskOf("a/1")).toEqual({ agent: "", id: "a/1" });
  });

  it.each([
    ["http://h", ["/.well-known/agent-card.json"]],
    ["http://h/rpc", ["/rpc/.well-known/agent-card.json", "/.well-known/agent-card.json"]],
    [
      "http://h/agents/echo/rpc",
      [
        "/agents/echo/rpc/.well-known/agent-card.json",
        "/agents/echo/.well-known/agent-card.json",
        "/.well-known/agent-card.json",
      ],
    ],
  ])("looks for the card of %s below, beside and at the root", (url, paths) => {
    expect(a2aAddress(url).directories.map(({ path }) => path)).toEqual(paths);
  });

  it.each([
    ["http://u:p@h/agents/{agent}/?token=a&b=c", "/agents/echo/?token=a&b=c", "/agents/echo/tasks/1?token=a&b=c"],
    ["http://h/agents/{agent}", "/agents/echo", "/agents/echo/tasks/1"],
    ["http://h/rpc/?token=a#part", "/rpc/?token=a", "/rpc/tasks/1?token=a"],
    ["http://h", "/", "/tasks/1"],
  ])("keeps the query of %s behind whatever path", (url, own, below) => {
    const address = a2aAddress(url);
    expect(address.pathOf("echo")).toBe(own);
    expect(address.pathOf("echo", "/tasks/1")).toBe(below);
    for (const { path } of address.directories) expect(new URL(path, "http://h").search).toBe(new URL(url).search);
  });

  it("throws for text that is no URL", () => {
    expect(() => a2aAddress("localhost/{agent}")).toThrow(TypeError);
  });
});
