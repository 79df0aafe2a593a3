import type { Binding } from "@apb/core/binding";

export const acpRest: Binding = {
  id: "acp/rest",
  spec: { name: "", version: "", url: "", standing: "normative" },
  can: new Set(),
  cannot: {},
  connect: () => Promise.reject(new Error("not there yet")),
};
