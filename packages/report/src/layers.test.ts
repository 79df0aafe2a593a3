import type { BindingInfo } from "@apb/core/binding";
import type { CellId, CellResult, Measured, ServerUsage } from "@apb/core/cell";
import { describe, expect, it } from "vitest";
import { isShown, type Layer, type LayerMeasure, layersOf, type Rung } from "./layers.ts";
import { barOf } from "./layers-bars.ts";
import { layersPicture } from "./layers-picture.ts";
import { layersReporters } from "./layers-reporters.ts";
import { layersReport } from "./layers-section.ts";
import { reportText } from "./table.ts";
import {
  closed,
  sampleCell,
  sampleHole,
  sampleInfo,
  sampleRun,
  sampleStep,
  sampleVerdict,
} from "./testing/sample-run.ts";

const usage = sampleCell().server as ServerUsage;

/** What is to be measured, by who asks what. */
const socket = { binding: "bare/tcp", client: "wire" } as const;
const http = { binding: "bare/http", client: "wire" } as const;
const protocol = { binding: "one/rest", client: "wire" } as const;
const sdk = { ...protocol, server: "sdk" } as const;
const library = { ...protocol, client: "library" } as const;
const sdkByLibrary = { ...sdk, client: "library" } as const;

/** A cell with these microseconds of CPU, client's and server's, and of latency. */
function cell(
  id: Partial<CellId>,
  clientUs: number,
  serverUs: number | null,
  p50Us = 1000,
  parts: Partial<Pick<Measured, "verdict" | "missing">> = {},
): Measured {
  return sampleCell(id, {
    steps: { total: sampleStep(Array.from({ length: 20 }, () => p50Us / 1000)) },
    server: { ...usage, cpuMsPerOperation: serverUs === null ? null : serverUs / 1000 },
    generator: { ...sampleCell().generator, cpuMsPerOperation: clientUs / 1000 },
    ...parts,
  });
}

const selection = { ...sampleInfo().selection, bindings: ["bare/tcp", "bare/http", "one/rest"] };
const one = sampleInfo().bindings["one/rest"] as BindingInfo;
const bindings = {
  "one/rest": one,
  "bare/http": { ...one, protocol: "bare", transport: "http" },
  "bare/tcp": { ...one, protocol: "bare", transport: "tcp" },
} as const;

function run(...cells: readonly CellResult[]) {
  return sampleRun(cells, { selection, bindings, profile: { ...sampleInfo().profile, rounds: 3 } });
}

function rung(cells: readonly CellResult[], layer: Layer): Rung {
  const [tower] = layersOf(run(...cells))?.towers ?? [];
  return tower?.rungs.find((one) => one.layer === layer) as Rung;
}

function added(cells: readonly CellResult[], layer: Layer, measure: LayerMeasure = "cpu"): readonly number[] {
  return rung(cells, layer).figures[measure].added?.rounds.map((us) => Math.round(us)) ?? [];
}

const whole = [
  ...[cell(socket, 10, 5, 40), cell(http, 20, 15, 70), cell(protocol, 25, 30, 100)],
  ...[cell(sdk, 26, 300, 400), cell(library, 90, 31, 250), cell(sdkByLibrary, 95, 305, 480)],
];

it("has nothing under what is no socket, and says so", () => {
  const piped = { binding: "one/stdio", client: "wire" } as const;
  const found = sampleRun([cell(socket, 1, 1), cell(piped, 3, 3)], {
    selection: { ...selection, bindings: ["bare/tcp", "one/stdio"] },
    bindings: { ...bindings, "one/stdio": { ...one, transport: "stdio" } },
  });
  const rungs = layersOf(found)?.towers[0]?.rungs ?? [];
  expect(rungs.map(({ layer, missing }) => [layer, missing?.slice(0, 18) ?? null])).toEqual([
    ["socket", "stdio is no socket"],
    ["transport", "stdio is no socket"],
    ["protocol", null],
    ["sdk", "this run has not m"],
    ["library", "this run has not m"],
  ]);
});

describe("the layers of a run", () => {
  it("are a tower of what each adds to the one below it", () => {
    expect(added(whole, "transport")).toEqual([20]);
    expect(added(whole, "protocol")).toEqual([20]);
    expect(added(whole, "sdk")).toEqual([271]);
    expect(added(whole, "library")).toEqual([74]);
    expect(added(whole, "protocol", "clientCpu")).toEqual([5]);
    expect(added(whole, "protocol", "serverCpu")).toEqual([15]);
    expect(added(whole, "sdk", "p50")).toEqual([300]);
    expect(rung(whole, "socket").figures.cpu).toMatchObject({ total: { value: 15 }, added: null });
    expect(rung(whole, "library").rows.map(({ cell }) => cell)).toMatchObject([{ server: "sdk", client: "library" }]);
  });

  it("are compared round by round, whatever order the rounds came in, and only where both were measured", () => {
    const rounds = [
      ...[cell({ ...socket, round: 1 }, 10, 10), cell({ ...http, round: 1 }, 30, 10)],
      ...[cell({ ...http, round: 3 }, 110, 10), cell({ ...socket, round: 3 }, 100, 10)],
      ...[cell({ ...socket, round: 2 }, 50, 10), sampleHole({ ...http, round: 2 })],
    ];
    expect(added(rounds, "transport")).toEqual([20, 10]);
    expect(rung(rounds, "transport").figures.cpu.added?.value).toBeCloseTo(15);
    expect(rung(rounds, "transport").figures.clientCpu.total.value).toBeCloseTo(70);
  });

  it("stand on the next one below that was measured", () => {
    const withoutSdk = [whole[0], whole[2], whole[4]] as Measured[];
    expect(added(withoutSdk, "protocol")).toEqual([40]);
    expect(added(withoutSdk, "library")).toEqual([66]);
    expect(rung(withoutSdk, "library").rows).toMatchObject([{ cell: { server: "reference", client: "library" } }]);
  });

  it("take latency of one VU and CPU of many, where there are both", () => {
    const trips = whole.map(({ cell: id }, n) => {
      const trip = cell({ ...id, load: "1 VU" }, 500, 500, 10 * (n + 1));
      return { ...trip, load: closed(1) };
    });
    const both = [...whole, ...trips];
    expect(rung(both, "protocol").rows.map(({ cell: { load } }) => load)).toEqual(["1 VU", "10 VUs"]);
    expect(rung(both, "protocol").figures.p50.total.value).toBeCloseTo(30, 0);
    expect(rung(both, "protocol").figures.cpu.total.value).toBeCloseTo(55);
    expect(added(both, "protocol", "p50")).toEqual([10]);
    expect(added(both, "protocol", "cpu")).toEqual([20]);
    const text = reportText(layersReport(run(...both)), { width: 140, color: false });
    expect(text).toContain("message-size 1 KiB, CPU with 10 VUs, latency with 1 VU; per operation, medians of 3");
  });

  it("say why one is missing: the reason of the run, or which command measures it", () => {
    const cells = [cell(protocol, 25, 30), sampleHole(sdk, "not-applicable", "no SDK serves it")];
    expect(rung(cells, "sdk").missing).toBe("no SDK serves it");
    expect(rung(cells, "socket").missing).toBe(
      "this run has not measured it: bench run --layers --binding one/rest does",
    );
  });

  it("have no sum where one part of it is missing", () => {
    const cells = [cell(socket, 10, null, 40, { missing: { "server.cpu": "too few steps" } }), cell(http, 20, 15)];
    expect(rung(cells, "socket").figures.cpu.total).toEqual({ value: null, rounds: [], missing: "too few steps" });
    expect(rung(cells, "transport").figures.cpu.added?.value).toBeNull();
    expect(added(cells, "transport", "clientCpu")).toEqual([10]);
  });

  it("are none where nothing but transports was measured", () => {
    expect(
      layersOf(sampleRun([cell(socket, 1, 1)], { selection: { ...selection, bindings: ["bare/tcp"] } })),
    ).toBeNull();
    expect(layersOf(run(sampleHole(protocol)))).toBeNull();
  });
});

describe("a difference", () => {
  it.each<[rounds: readonly number[], shown: boolean]>([
    [[3, 4, 5], true],
    [[-3, -4], true],
    [[3, -1, 5], false],
    [[3, 0], false],
    [[], false],
  ])("of %j is shown: %s", (rounds, shown) => {
    expect(isShown({ value: rounds[0] ?? null, rounds, missing: null })).toBe(shown);
  });
});

/** HTTP costs more in one round and less in the next; the protocol less in both. */
const noise = [
  ...[cell({ ...socket, round: 1 }, 50, 10), cell({ ...socket, round: 2 }, 50, 10)],
  ...[cell({ ...http, round: 1 }, 70, 10), cell({ ...http, round: 2 }, 48, 10)],
  ...[cell({ ...protocol, round: 1 }, 40, 10), cell({ ...protocol, round: 2 }, 30, 10)],
];

function bar(cells: readonly CellResult[]) {
  const [tower] = layersOf(run(...cells))?.towers ?? [];
  if (tower === undefined) throw new Error("expected a tower");
  return barOf(tower, "cpu");
}

describe("a bar", () => {
  it("is a stack of what the layers add, beside what was measured in all", () => {
    const { parts, total, lacks } = bar(whole);
    expect(parts.map(({ layer, to }) => [layer, Math.round(to)])).toEqual([
      ["socket", 15],
      ["transport", 35],
      ["protocol", 55],
      ["sdk", 326],
      ["library", 400],
    ]);
    expect(total?.value).toBeCloseTo(400);
    expect(lacks).toEqual([]);
  });

  it("has no part for what is not shown, and none below zero", () => {
    const { parts, total, lacks } = bar(noise);
    expect(parts.map(({ layer }) => layer)).toEqual(["socket"]);
    expect(total).toMatchObject({ value: 45, min: 40, max: 50 });
    expect(lacks).toEqual(["sdk", "library"]);
  });

  it("tells that a number in it is doubted", () => {
    expect(bar(whole).doubted).toBe(false);
    expect(bar([...whole.slice(1), cell(socket, 1, 1, 1, { verdict: sampleVerdict("unsteady") })]).doubted).toBe(true);
  });
});

describe("a report of layers", () => {
  const text = (...cells: readonly CellResult[]): string =>
    reportText(layersReport(run(...cells)), { width: 140, color: false });

  it("has a line for each layer", () => {
    expect(text(...whole)).toMatch(/^one\/rest +TCP +10\.0 +5\.00 +15\.0 +– +40\.\d +– /m);
    expect(text(...whole)).toMatch(/^one\/rest +\+ HTTP\/1\.1 +20\.0 +15\.0 +35\.0 +\+20\.0 +70\.\d +\+30\.\d/m);
    expect(text(...whole)).toMatch(/^one\/rest +\+ SDK server +26\.0 +300 +326 +\+271 /m);
    expect(text(...whole)).toContain("message-size 1 KiB, 10 VUs; per operation, medians of 3");
  });

  it("shows no difference where the rounds do not agree, and a saving where they do", () => {
    expect(text(...noise)).toMatch(/^one\/rest +\+ HTTP\/1\.1 .* no difference shown /m);
    expect(text(...noise)).toMatch(/^one\/rest +\+ protocol .* −24\.0 \(−30\.0 … −18\.0\) /m);
  });

  it("says how often few rounds agree by chance, in the picture too, and nothing of many", () => {
    const few = "where there is none, all agree in 1 of 4 cases";
    expect(text(...whole).replaceAll(/\s+/g, " ")).toContain(few);
    expect(layersPicture(run(...whole))).toContain(few);
    const many = sampleRun(whole, { selection, profile: { ...sampleInfo().profile, rounds: 6 } });
    expect(layersPicture(many)).not.toContain("Too few rounds");
  });

  it("marks what is doubted and what is missing, with the reasons", () => {
    const doubted = text(cell(protocol, 25, 30, 40, { verdict: sampleVerdict("client-limited") }));
    expect(doubted).toMatch(/^one\/rest +TCP +n\/a .* [a-z]$/m);
    expect(doubted).toMatch(/^one\/rest +\+ protocol .* [a-z]( [a-z])*$/m);
    expect(doubted).toContain("client-limited");
    expect(doubted).toContain("bench run --layers --binding one/rest does");
  });

  it("says why nothing was measured", () => {
    expect(text(sampleHole(protocol))).toContain("nothing listens there");
  });

  it("has the same for programs, and with its picture in Markdown", () => {
    const { towers } = JSON.parse(layersReporters.json(run(...whole)));
    expect(towers[0].rungs[1]).toMatchObject({ layer: "transport", cells: [{ binding: "bare/http" }] });
    const [head, , second] = layersReporters.csv(run(...whole)).split("\n");
    expect(head).toMatch(/^binding,layer,clientCpuUs,clientCpuAddedUs,/);
    expect(second).toMatch(/^one\/rest,transport,20,10,15,10,/);
    expect(layersReporters.markdown(run(...whole))).toContain("](layers.svg)");
  });
});

describe("the picture", () => {
  it("is one SVG with every binding, what is measured and what is lacking", () => {
    const picture = layersPicture(run(...whole.slice(0, 3))) ?? "";
    expect(picture).toMatch(/^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg" .*<\/svg>$/s);
    expect(picture).toContain(">one/rest</text>");
    expect(picture).toContain(">no SDK server, client library</text>");
    expect(picture).toContain(">55</text>");
    expect(picture).not.toMatch(/NaN|undefined|width="-/);
  });

  it("writes names as text, never as markup", () => {
    const info = sampleInfo({ selection });
    const named = { ...run(...whole), info: { ...info, environment: { ...info.environment, cpuModel: 'A<b> & "c"' } } };
    expect(layersPicture(named)).toContain("A&lt;b&gt; &amp; &quot;c&quot;");
  });

  it("is none where there is nothing to draw", () => {
    expect(layersPicture(run(sampleHole(protocol)))).toBeNull();
  });
});
