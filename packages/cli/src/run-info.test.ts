import { sampleInfo } from "@apb/report/testing/sample-run";
import { expect, it } from "vitest";
import type { RunFlags } from "./flags.ts";
import { orderOf } from "./order.ts";
import { runInfoOf } from "./run-info.ts";

const flags: RunFlags = {
  ...{ profile: "smoke", client: ["wire"], timeout: 1000, delay: 0, work: 0, generators: 1, seed: 1 },
  ...{ format: "table", maxRegression: 0.2 },
};

function loadsOf(given: Partial<RunFlags>) {
  return runInfoOf(orderOf({ ...flags, ...given }), sampleInfo().environment, new Date(0)).loads;
}

const closed = { model: "closed", executor: "constant-vus", perSecond: null };

it("says of every load that is planned what it is, by its label", () => {
  expect(loadsOf({})).toEqual({
    "1 VU": { ...closed, vus: 1 },
    "10 VUs": { ...closed, vus: 10 },
    "10 VUs on 30 connections": { ...closed, vus: 10 },
    "100 VUs": { ...closed, vus: 100 },
  });
  expect(loadsOf({ rate: 500, scenario: ["message-size"] })).toEqual({
    "500/s on 10 connections": { model: "open", executor: "constant-arrival-rate", vus: null, perSecond: 500 },
  });
});

it("keeps of a server's command what may be shown", () => {
  const given = {
    ...{ binding: ["mcp/jsonrpc"], target: "http://u:secret@localhost:{port}/mcp" },
    ...{ serve: "node my.js {port} redis://u:secret@h/", serveEnv: { KEY: "secret", OTHER: "" }, serveTimeout: 5 },
  };
  const info = runInfoOf(orderOf({ ...flags, ...given }), sampleInfo().environment, new Date(0));
  expect(info.selection).toMatchObject({
    ...{ servers: ["command"], target: "http://***@localhost:{port}/mcp" },
    ...{ serve: "node my.js {port} redis://***@h/", serveEnv: ["KEY", "OTHER"] },
  });
  expect(JSON.stringify(info)).not.toContain("secret");
  const { selection } = runInfoOf(orderOf({ ...flags, ...given, serveEnv: {} }), sampleInfo().environment, new Date(0));
  expect(selection).not.toHaveProperty("serveEnv");
});
