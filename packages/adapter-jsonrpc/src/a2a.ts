import type { Binding } from "@apb/core/binding";

export const a2aJsonrpc: Binding = {
  id: "a2a/jsonrpc",
  spec: { name: "", version: "", url: "", standing: "normative" },
  can: new Set(),
  cannot: {},
  connect: () => Promise.reject(new Error("not there yet")),
};
