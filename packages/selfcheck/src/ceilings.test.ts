import { expect, it } from "vitest";
import { measureCeilings } from "./ceilings.ts";

const named = { users: 10, sizeBytes: 1024 };

it("finds one for each transport and client, and says why there is none", async () => {
  const said: string[] = [];
  const wanted = { carriers: new Set(["HTTP/1.1", "TCP"] as const), clients: ["wire"], ceilingMs: 60 } as const;
  const ceilings = await measureCeilings(wanted, (doing) => said.push(doing), new AbortController().signal);
  expect(said).toEqual(["finding this client's ceiling: HTTP/1.1, wire", "finding this client's ceiling: TCP, wire"]);
  expect(ceilings).toMatchObject([
    { ...named, transport: "HTTP/1.1", client: "wire" },
    {
      ...{ ...named, transport: "TCP", client: "wire", operationsPerSecond: null },
      missing: "there is no server that does nothing for this transport",
    },
  ]);
  for (const { operationsPerSecond, missing } of ceilings) expect(operationsPerSecond === null).toBe(missing !== null);
});

it("keeps nothing of what was interrupted", async () => {
  const interrupt = new AbortController();
  const wanted = { carriers: new Set(["HTTP/1.1", "gRPC"] as const), clients: ["wire"], ceilingMs: 60_000 } as const;
  expect(await measureCeilings(wanted, () => interrupt.abort(), interrupt.signal)).toEqual([]);
});
