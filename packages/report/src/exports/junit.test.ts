import type { AB } from "@apb/core/ab";
import type { Run } from "@apb/core/run";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { validateXML } from "xmllint-wasm";
import { junitSchema } from "../testing/junit-schema.ts";
import { sampleAB, sampleEqual, sampleMetric, sampleUnjudged } from "../testing/sample-ab.ts";
import { sampleCell, sampleHole, sampleRun, sampleVerdict } from "../testing/sample-run.ts";
import { exportedAs } from "./exports.ts";

async function junitOf(stored: { readonly run: Run } | { readonly ab: AB }): Promise<string> {
  return (await exportedAs("junit", stored)).documents[0]?.text ?? "";
}

/** What the schema's reader has to say against these documents. */
async function complaints(...documents: readonly string[]): Promise<readonly string[]> {
  const xml = documents.map((contents, n) => ({ fileName: `${n}.xml`, contents }));
  const { errors } = await validateXML({ xml, schema: [junitSchema] });
  return errors.map(({ message }) => message);
}

const crossed = [{ metric: "response{step:total}", threshold: "p(99)<5", ok: false, value: 7.25 }];
const everything = sampleRun([
  sampleCell(),
  sampleCell({ round: 2 }, { thresholds: crossed }),
  sampleCell({ binding: "two/grpc" }),
  sampleCell({ binding: "two/grpc", load: "1 VU" }, { verdict: sampleVerdict("client-limited") }),
  sampleHole({ binding: "two/grpc", scenario: "workflow" }, "not-applicable", "it has no tasks"),
  sampleHole({ binding: "two/grpc", scenario: "streaming" }),
]);

describe("a run as JUnit", () => {
  it("is a case for each row, failed, skipped or passed, with why", async () => {
    const text = await junitOf({ run: everything });
    expect(await complaints(text)).toEqual([]);
    const cases = text.slice(text.indexOf('<testsuite name="two/grpc'));
    expect(text).toContain('<testsuites name="agent-protocol-bench 2026-08-01T03-00-00-quick" tests="5" failures="2"');
    expect(text).toContain('<property name="machine" value="Sample CPU, 2 cores, 4,096 MiB"/>');
    const sentence = "The threshold response{step:total}: p(99)&lt;5 was crossed (round 2: 7.25).";
    expect(text).toContain(`<failure message="${sentence}" type="threshold">`);
    expect(text).toContain(
      '<testcase classname="one/rest (reference, library)" name="message-size sizeBytes=1024, 10 VUs" time="1.600">',
    );
    expect(cases).toContain('<skipped message="it has no tasks"/>');
    expect(cases).toContain('<skipped message="client-limited in 1 of 1 rounds: it is client-limited"/>');
    expect(cases).toContain('<failure message="[refused] nothing listens there" type="failed">');
    expect(cases).toContain("server CPU: 0.160 ms/op");
  });

  it("fails as a whole where it did not come to its end", async () => {
    const exits = (["interrupted", "failed", "aborted", null] as const).map((exit) => ({ ...everything.info, exit }));
    const texts = await Promise.all(exits.map((info) => junitOf({ run: { ...everything, info } })));
    expect(await complaints(...texts)).toEqual([]);
    for (const text of texts)
      expect(text).toMatch(/<testcase classname="run" name="its end" time="0.000">\s*<failure message="(The|A)/);
  });

  it("fails where nothing was measured, and where a threshold had nothing to judge", async () => {
    const limit = {
      aggregation: "p(99)",
      operator: "<",
      limit: 5,
      unit: "ms",
      cells: 0,
      crossed: 0,
      worst: null,
    } as const;
    const threshold = { metric: "response", threshold: "p(99)<5", ok: false, value: null, ...limit };
    const text = await junitOf({ run: sampleRun([sampleHole({})], { thresholds: [threshold] }) });
    expect(await complaints(text)).toEqual([]);
    expect(text).toContain("Nothing was measured.");
    expect(text).toContain("The threshold response: p(99)&lt;5 could not be judged: none of its cells was measured.");
  });

  it("fails for failed calls where no threshold says how many may be, and is doubtful where one does", async () => {
    const results = [sampleCell({}, { verdict: sampleVerdict("errors") })];
    expect(await junitOf({ run: sampleRun(results) })).toContain('<failure message="it is errors"');
    const limit = {
      aggregation: "rate",
      operator: "<",
      limit: 0.5,
      unit: "",
      cells: 1,
      crossed: 0,
      worst: null,
    } as const;
    const thresholds = [{ metric: "failed", threshold: "rate<0.5", ok: true, value: 0.1, ...limit }];
    expect(await junitOf({ run: sampleRun(results, { thresholds }) })).toContain("<skipped");
  });
});

describe("an A/B as JUnit", () => {
  it("is a case for each metric that decides", async () => {
    const shownOnly = sampleMetric({ metric: "p99Ms", judged: false, verdict: "not judged" });
    const text = await junitOf({ ab: sampleAB([sampleMetric(), sampleEqual, sampleUnjudged, shownOnly]) });
    expect(await complaints(text)).toEqual([]);
    expect(text.slice(text.indexOf("<testcase"))).toBe(
      `<testcase classname="one/rest" name="message-size sizeBytes=1024, 10 VUs: server CPU" time="0.000">
      <failure message="B needs 5.00% more CPU per call than A (95%: 3.00 to 7.00%)" type="worse">B needs 5.00% more CPU per call than A (95%: 3.00 to 7.00%)</failure>
    </testcase>
    <testcase classname="one/rest" name="message-size sizeBytes=1024, 10 VUs: RPS" time="0.000">
      <system-out>RPS: no difference shown; one of more than ±2.20% would have been</system-out>
    </testcase>
    <testcase classname="one/rest" name="message-size sizeBytes=1024, 1 VU: p50" time="0.000">
      <skipped message="median latency: not judged (impossible)"/>
    </testcase>
  </testsuite>
</testsuites>`,
    );
  });

  it("fails where nothing could be judged, and where it did not come to its end", async () => {
    const nothing = await junitOf({ ab: sampleAB([sampleUnjudged]) });
    const early = await junitOf({ ab: sampleAB([sampleEqual], { exit: "interrupted" }) });
    expect(await complaints(nothing, early)).toEqual([]);
    expect(nothing).toContain(
      '<failure message="Not all could be judged: one/rest, message-size 1 KiB: nothing could be judged (impossible)" type="incomplete">',
    );
    expect(early).toContain('type="incomplete">The run was interrupted');
  });
});

describe("what XML cannot hold", () => {
  it("is escaped, or left out", async () => {
    const reason = `"a" & <b>\u0000\u0008\u001b[31m\ud800\ufffe ]]>`;
    const text = await junitOf({ run: sampleRun([sampleHole({}, "failed", reason)]) });
    expect(await complaints(text)).toEqual([]);
    expect(text).toContain("&quot;a&quot; &amp; &lt;b>[31m ]]>");
  });

  it("does not come in by any text", async () => {
    const texts = fc.sample(fc.string({ unit: "binary", maxLength: 40 }), { numRuns: 20, seed: 1 });
    const documents = await Promise.all(
      texts.map((sentence) =>
        junitOf({ ab: sampleAB([sampleMetric({ sentence, load: sentence, binding: `b ${sentence}` })]) }),
      ),
    );
    expect(await complaints(...documents)).toEqual([]);
  });
});
