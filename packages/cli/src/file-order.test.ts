import type { ScenarioFile } from "@apb/scenario-file/open-file";
import { scenarioOf } from "@apb/scenario-file/scenario-file";
import { describe, expect, it } from "vitest";
import { fileProfile, flagsWithFile, requireBindings } from "./file-order.ts";
import type { RunFlags } from "./flags.ts";

function file(text: string): ScenarioFile {
  const whole = text.includes("tasks") ? text : `tasks: [{call: echo}]\n${text}`;
  return { ...scenarioOf(whole, "/a/my.yaml", {}), path: "/a/my.yaml", sha256: "0".repeat(64) };
}

const flags: RunFlags = {
  ...{ profile: "quick", client: ["wire"], timeout: 1000, delay: 0, work: 0, generators: 1, seed: 1 },
  ...{ format: "table", maxRegression: 0.2 },
};
const none: ReadonlySet<string> = new Set();

describe("flags beside a file", () => {
  it("are the file's where nobody has given them", () => {
    const said = file("binding: acp/rest\ntarget: http://localhost:1\npid: 7");
    expect(flagsWithFile(flags, said, none)).toMatchObject({
      binding: ["acp/rest"],
      target: "http://localhost:1",
      pid: 7,
    });
    const given = { ...flags, binding: ["a2a/rest"], target: "http://localhost:2" };
    const { pid, ...others } = flagsWithFile(given, said, new Set(["binding", "target"]));
    expect(others).toEqual(given);
    expect(pid).toBeUndefined();
  });

  it("may ask for one of our servers in place of the file's target", () => {
    const said = file("binding: acp/rest\ntarget: http://localhost:1");
    expect(flagsWithFile({ ...flags, server: ["reference"] }, said, none).target).toBeUndefined();
  });

  it.each(["scenario", "profile", "size", "connections", "layers"])("--%s is refused", (flag) => {
    const message = `--${flag} is for the bundled scenarios, and /a/my.yaml says all of its own; leave it out`;
    expect(() => flagsWithFile(flags, file(""), new Set([flag]))).toThrow(message);
  });

  it("do not name what there is not, nor does the file", () => {
    expect(() => requireBindings(file("binding: acp/rst"))).toThrow(
      "/a/my.yaml:2:10: there is no binding 'acp/rst'; did you mean 'acp/rest'?",
    );
  });
});

it("an agent that our servers have not is refused where it is written, and may be anything of a server of somebody else's", () => {
  const said = file("binding: acp/rest\ntasks:\n  - {call: echo}\n  - {call: shoop, name: b}");
  expect(() => flagsWithFile(flags, said, none)).toThrow(
    "/a/my.yaml:4:12: there is no agent 'shoop'; did you mean 'shop'?",
  );
  flagsWithFile({ ...flags, target: "http://localhost:2" }, said, none);
  flagsWithFile({ ...flags, serve: "node my-server.js" }, said, none);
});

it("headers of the file go along with those of the command line, and are refused where they are the protocol's own", () => {
  const said = { ...flags, header: [{ name: "x-b", value: "2" }] };
  expect(flagsWithFile(said, file('headers: {X-A: "1"}'), none).header).toEqual([
    { name: "x-a", value: "1" },
    { name: "x-b", value: "2" },
  ]);
  expect(() => flagsWithFile(flags, file("headers:\n  Host: a"), none)).toThrow(
    "/a/my.yaml:3:9: Host is the protocol's own; leave it out.",
  );
});

it("a target that is no URL is refused where it is written", () => {
  const said = file("binding: acp/rest\ntarget: htp://localhost");
  expect(() => flagsWithFile(flags, said, none)).toThrow("/a/my.yaml:3:9: expected a URL like");
});

describe("the size of a run of a file", () => {
  it("is once, as long as its loads take, behind a second of warm-up", () => {
    const said =
      "scenarios:\n  a: {executor: constant-vus, duration: 10s}\n  b: {executor: constant-vus, vus: 4, duration: 5s, startTime: 8s}";
    expect(fileProfile({}, file(said))).toEqual({
      ...{ name: "my", rounds: 1, warmUpMs: 1000, primeMs: 1000, windowMs: 13_000, vus: 4 },
      ...{ sizesBytes: [], rungs: [] },
    });
    expect(fileProfile({ timeScale: 0.1, rounds: 3, warmUp: 0 }, file(said))).toMatchObject({
      ...{ rounds: 3, warmUpMs: 0, windowMs: 1300, timeScale: 0.1 },
    });
  });

  it.each([
    ["--vus", { vus: 7 }, { executor: "constant-vus", vus: 7, durationMs: 10_000 }],
    ["--duration", { duration: 500 }, { executor: "constant-vus", vus: 2, durationMs: 500 }],
    ["--rate", { rate: 50, timeScale: 0.5 }, { executor: "constant-arrival-rate", perSecond: 50, durationMs: 5000 }],
    ["--iterations", { iterations: 9 }, { executor: "shared-iterations", vus: 2, iterations: 9 }],
  ])("has the load that %s says in place of its only scenario's", (_name, given, load) => {
    const said = file("vus: 2\nduration: 10s");
    const profile = fileProfile(given, said);
    expect(profile.executor).toMatchObject(load);
    expect(said.scenario.points(profile)[0]?.workloads[0]?.load).toMatchObject(load);
  });

  it("is not replaced where there are several scenarios", () => {
    const said = "scenarios:\n  a: {executor: constant-vus, duration: 1s}\n  b: {executor: constant-vus, duration: 1s}";
    expect(() => fileProfile({ vus: 3 }, file(said))).toThrow(
      "--vus would replace the load of one scenario, and /a/my.yaml has a, b; leave it out, or change the file",
    );
  });
});
