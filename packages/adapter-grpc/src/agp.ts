import type { Binding } from "@apb/core/binding";

export const agpGrpc: Binding = {
  id: "agp/grpc",
  spec: { name: "", version: "", url: "", standing: "normative" },
  can: new Set(),
  cannot: {},
  connect: () => Promise.reject(new Error("not there yet")),
};
