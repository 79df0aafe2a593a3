import { expect, it } from "vitest";
import { bareOn, isBare } from "./bare.ts";
import { type BindingIdentity, bindingId } from "./binding.ts";

it.each<[identity: BindingIdentity, id: string]>([
  [{ protocol: "one", transport: "rest", variant: null }, "one/rest"],
  [{ protocol: "two", transport: "jsonrpc", variant: "2025-11-25" }, "two/jsonrpc@2025-11-25"],
])("a binding is named by what it is: %o", (identity, id) => {
  expect(bindingId(identity)).toBe(id);
});

it("finds the bare binding on a carrier, whichever transport of it is asked for", () => {
  const one = { protocol: "one", transport: "rest", variant: null } as const;
  const bare = { protocol: "bare", transport: "http", variant: null } as const;
  expect([one, bare].map(isBare)).toEqual([false, true]);
  expect(bareOn([one, bare], "HTTP/1.1")).toBe(bare);
  expect(bareOn([one, bare], "gRPC")).toBeUndefined();
});
