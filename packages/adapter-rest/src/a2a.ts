import type { Binding } from "@apb/core/binding";

export const a2aRest: Binding = {
  id: "a2a/rest",
  spec: { name: "", version: "", url: "", standing: "normative" },
  can: new Set(),
  cannot: {},
  connect: () => Promise.reject(new Error("not there yet")),
};
