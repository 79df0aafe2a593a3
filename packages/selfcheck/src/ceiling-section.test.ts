import { noValue } from "@apb/report/format";
import { expect, it } from "vitest";
import { ceilingSection } from "./ceiling-section.ts";

it("shows a client that does not exist with the reason", () => {
  const ceiling = {
    ...{ operationsPerSecond: 20_000, cpuMsPerOperation: 0.05, p50Ms: 0.4, p99Ms: 1.5 },
    ...{ generatorCpu: 1.02, serverCpu: 0.333, peakBytes: 100 * 1024 * 1024 },
  };
  const section = ceilingSection([
    { transport: "HTTP/1.1", binding: "acp/rest", client: "library", ceiling },
    { transport: "gRPC", binding: "agp/grpc", client: "wire", ceiling: { missing: "there is no wire client" } },
  ]);
  expect(section.groups).toEqual([
    [["HTTP/1.1", "library", "acp/rest", "20,000", "50.0", "20,000", "0.400", "1.50", "102", "33.3", "100"]],
    [["gRPC", "wire", "agp/grpc", ...Array(8).fill(noValue)]],
  ]);
  expect(section.remarks.at(-1)).toBe("gRPC by the wire client is not measured: there is no wire client.");
});
