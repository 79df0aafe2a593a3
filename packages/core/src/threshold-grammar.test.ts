import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Failure } from "./failure.ts";
import { type Threshold, thresholdText } from "./threshold.ts";
import { parseThresholdFlag, parseThresholds, type ThresholdBlock, type Vocabulary } from "./threshold-grammar.ts";

const known: Vocabulary = {
  metrics: [
    { key: "response", type: "trend", aliases: ["http_req_duration", "iteration_duration"], tags: ["step"] },
    { key: "service", type: "trend", aliases: [], tags: ["step"] },
    { key: "failed", type: "rate", aliases: ["http_req_failed"], tags: ["step"] },
    { key: "checks", type: "rate", aliases: [], tags: [] },
    { key: "iterations", type: "counter", aliases: [], tags: [] },
    { key: "operations", type: "counter", aliases: [], tags: [] },
    { key: "dropped", type: "counter", aliases: ["dropped_iterations"], tags: [] },
    { key: "interrupted", type: "counter", aliases: [], tags: [] },
    { key: "vus", type: "gauge", aliases: [], tags: [] },
    { key: "rss", type: "gauge", aliases: [], tags: [] },
    { key: "cpu_per_op", type: "gauge", aliases: [], tags: [] },
  ],
  tags: {
    step: ["total", "login", "call, then wait", 'say "hi"', "it's"],
    scenario: ["ramp", "spike"],
    name: ["http://host:80/{}", "{a}"],
    check: [],
  },
};

const plain = { tags: {}, abortOnFail: false, delayAbortEvalMs: 0 };
const limit = (expression: Partial<Threshold>): object => ({ ...plain, ...expression });
const p = (percentile: number): Partial<Threshold> => ({ aggregation: { percentile } });

describe("parseThresholdFlag", () => {
  it.each<[string, Partial<Threshold>]>([
    ["response:p(99)<5", { metric: "response", ...p(99), operator: "<", limit: 5, source: "p(99)<5" }],
    ["response:p(99.9)<=5.5", { ...p(99.9), operator: "<=", limit: 5.5 }],
    ["response:p(0)>0", { ...p(0), operator: ">" }],
    ["response:p(100)>=0", { ...p(100), operator: ">=" }],
    [
      " service : p ( 95 ) <  200 ",
      { metric: "service", ...p(95), operator: "<", limit: 200, source: "p ( 95 ) <  200" },
    ],
    ["response:avg<1e3", { aggregation: "avg", limit: 1000 }],
    ["response:min!=.5", { aggregation: "min", operator: "!=", limit: 0.5 }],
    ["response:max>-1", { aggregation: "max", limit: -1 }],
    ["response:med<+2.", { aggregation: "med", limit: 2 }],
    ["iterations:count==3", { aggregation: "count", operator: "==", limit: 3 }],
    ["iterations:count===3", { aggregation: "count", operator: "==", limit: 3, source: "count===3" }],
    ["iterations:rate>100", { metric: "iterations", aggregation: "rate", operator: ">", limit: 100 }],
    ["vus:value>=10", { metric: "vus", aggregation: "value", operator: ">=" }],
    ["failed:rate<0.01", { metric: "failed", aggregation: "rate", limit: 0.01 }],
    ["checks:rate==1", { metric: "checks", limit: 1 }],
    ["http_req_duration:p(95)<200", { metric: "response" }],
    ["iteration_duration:p(95)<200", { metric: "response" }],
    ["http_req_failed:rate<0.01", { metric: "failed" }],
    ["dropped_iterations:count<1", { metric: "dropped" }],
  ])("reads %j", (text, expected) => {
    expect(parseThresholdFlag(text, known)).toEqual([expect.objectContaining({ ...plain, ...expected })]);
  });

  it("reads the tags of cells with every metric", () => {
    for (const { key } of known.metrics.filter((metric) => metric.type === "gauge"))
      expect(parseThresholdFlag(`${key}{scenario:ramp}:value<5`, known)).toMatchObject([
        { metric: key, tags: { scenario: "ramp" } },
      ]);
  });

  it.each<[string, Threshold["tags"]]>([
    ["response{step:total}:p(99)<5", { step: "total" }],
    [" response { step : total , scenario : ramp } : p(99)<5", { step: "total", scenario: "ramp" }],
    ["response{\"step\":'total'}:p(99)<5", { step: "total" }],
    ['response{step:"call, then wait",scenario:ramp}:p(99)<5', { step: "call, then wait", scenario: "ramp" }],
    ["response{step:'say \"hi\"'}:p(99)<5", { step: 'say "hi"' }],
    ["response{step:it's}:p(99)<5", { step: "it's" }],
    ["response{name:http://host:80/{}}:p(99)<5", { name: "http://host:80/{}" }],
    ["response{name:{a}}:p(99)<5", { name: "{a}" }],
  ])("reads the tags of %j", (text, tags) => {
    expect(parseThresholdFlag(text, known)).toMatchObject([{ metric: "response", tags, source: "p(99)<5" }]);
  });

  it("reads k6's block as JSON", () => {
    const text =
      ' {"response{step:total}": ["avg<5", {"threshold": "p(99)<5", "abortOnFail": true}], "vus": ["value>1"]}';
    expect(parseThresholdFlag(text, known)).toEqual([
      limit({
        metric: "response",
        tags: { step: "total" },
        aggregation: "avg",
        operator: "<",
        limit: 5,
        source: "avg<5",
      }),
      limit({
        metric: "response",
        tags: { step: "total" },
        ...p(99),
        operator: "<",
        limit: 5,
        source: "p(99)<5",
        abortOnFail: true,
      }),
      limit({ metric: "vus", aggregation: "value", operator: ">", limit: 1, source: "value>1" }),
    ]);
  });
});

describe("parseThresholds", () => {
  it.each<[ThresholdBlock[string][number], boolean, number]>([
    ["p(99)<5", false, 0],
    [{ threshold: "p(99)<5" }, false, 0],
    [{ threshold: "p(99)<5", abortOnFail: true }, true, 0],
    [{ threshold: "p(99)<5", abortOnFail: true, delayAbortEval: "10s" }, true, 10_000],
    [{ threshold: "p(99)<5", abortOnFail: true, delayAbortEval: "1m30s" }, true, 90_000],
    [{ threshold: "p(99)<5", abortOnFail: true, delayAbortEval: 2500 }, true, 2500],
    [{ threshold: "p(99)<5", abortOnFail: false, delayAbortEval: null }, false, 0],
  ])("reads %j", (entry, abortOnFail, delayAbortEvalMs) => {
    expect(parseThresholds({ response: [entry] }, known)).toMatchObject([
      { metric: "response", source: "p(99)<5", abortOnFail, delayAbortEvalMs },
    ]);
  });

  it("keeps the order, and has none for an empty list", () => {
    const block = { iterations: ["rate>1", "count>1"], response: [], failed: ["rate<1"] };
    expect(parseThresholds(block, known).map(thresholdText)).toEqual([
      "iterations: rate>1",
      "iterations: count>1",
      "failed: rate<1",
    ]);
  });
});

function sentenceOf(parse: () => unknown): string {
  try {
    parse();
  } catch (error) {
    if (error instanceof Failure && error.kind === "usage") return error.sentence;
    throw error;
  }
  throw new Error("expected a failure");
}

describe("what is misspelt is refused in a sentence", () => {
  it.each<[string, RegExp]>([
    [
      "respnse:p(99)<5",
      /^threshold 'respnse': there is no metric 'respnse'; did you mean 'response'\? Expected response,/,
    ],
    ["http_req_duratoin:p(99)<5", /did you mean 'http_req_duration'/],
    [":p(99)<5", /there is no metric ''; expected response,/],
    ["constructor:p(99)<5", /there is no metric 'constructor'; expected response,/],
    [
      "response{stp:total}:p(99)<5",
      /'response\{stp:total\}': there is no tag 'stp'; did you mean 'step'\? Expected step,/,
    ],
    ["response{toString:total}:p(99)<5", /there is no tag 'toString'; expected step,/],
    ["response{step:totl}:p(99)<5", /there is no step 'totl'; did you mean 'total'\? Expected total, login,/],
    ["response{check:x}:p(99)<5", /there is no check 'x', nor any other/],
    ["rss{step:total}:value<5", /rss is not counted by step; drop the tag, or name one of response, service, failed/],
    ["response{step:total,step:login}:p(99)<5", /expected one value of the tag step/],
    ["response{}:p(99)<5", /expected tag:value in the braces/],
    ["response{step}:p(99)<5", /expected tag:value in the braces/],
    ["response{step:total,}:p(99)<5", /expected tag:value in the braces/],
    ["response{step:total, }:p(99)<5", /expected tag:value in the braces/],
    ["response{step:total:p(99)<5", /'response\{step': expected a metric and its tags in braces/],
    ["responsestep:total}:p(99)<5", /expected a metric and its tags in braces/],
    ["response", /expected a metric, a colon and an expression/],
    ["response{step:total}p(99)<5", /expected a metric, a colon and an expression/],
    ["response:p(99)", /'response: p\(99\)': expected one of the operators < <= > >= == != and a number/],
    ["response:", /expected one of the operators/],
    ["response:p(99)=5", /expected one of the operators < <= > >= == !=, got '='; did you mean '=='\?/],
    ["response:p(99)=<5", /got '=<'; did you mean '<='\?/],
    ["response:p(99)!==5", /got '!=='; did you mean '!='\?/],
    ["iterations:count!20", /got '!'; did you mean '!='\?/],
    ["response:p(99)<<<<5", /got '<<<<'$/],
    ["response:<5", /expected avg, min, max, med, p\(N\), which response has as a trend, got ''$/],
    ["response:count<5", /expected avg, min, max, med, p\(N\), which response has as a trend, got 'count'/],
    ["response:mean<5", /got 'mean'; did you mean 'avg'\?/],
    ["response:Median<5", /got 'Median'; did you mean 'med'\?/],
    ["response:constructor<5", /got 'constructor'$/],
    ["response:p95<5", /got 'p95'; did you mean 'p\(95\)'\?/],
    ["response:p99.9<5", /did you mean 'p\(99.9\)'\?/],
    ["response:p999<5", /did you mean 'p\(99.9\)'\?/],
    ["response:p100<5", /did you mean 'p\(100\)'\?/],
    ["response:p(99<5", /got 'p\(99'; did you mean 'p\(99\)'\?/],
    ["response:p(101)<5", /expected p\(N\) with N from 0 to 100, got 'p\(101\)'/],
    ["response:p(-1)<5", /expected p\(N\) with N from 0 to 100/],
    ["response:p()<5", /expected p\(N\) with N from 0 to 100/],
    ["response:p(x)<5", /expected p\(N\) with N from 0 to 100/],
    ["response:p(NaN)<5", /expected p\(N\) with N from 0 to 100/],
    ["iterations:value>5", /expected count, rate, which iterations has as a counter, got 'value'/],
    ["iterations:p(95)>5", /expected count, rate, which iterations has as a counter, got 'p\(95\)'/],
    ["vus:valeu>5", /expected value, which vus has as a gauge, got 'valeu'; did you mean 'value'\?/],
    ["failed:count<1", /expected rate, which failed has as a rate, got 'count'/],
    ["failed:rate<5", /expected a number from 0 to 1 \(5% is 0.05\) after the operator, got '5'/],
    ["failed:rate>-0.1", /expected a number from 0 to 1/],
    ["failed:rate<5%", /got '5%'/],
    ["response:p(99)<5ms", /expected a number without a unit \(times are milliseconds\) after the operator, got '5ms'/],
    ["response:p(99)<", /expected a number .*, got ''/],
    ["response:p(99)<= =5", /got '=5'$/],
    ["response:p(99)<Infinity", /got 'Infinity'/],
    ["response:p(99)<1e999", /got '1e999'/],
    ["response:p(99)<0x10", /got '0x10'/],
    ["response:p(99)<1_000", /got '1_000'/],
    ["{response}:p(99)<5", /expected JSON like \{"response": \[\{"threshold"/],
    ['{"response": "p(99)<5"}', /'response': expected a list, like \["p\(99\)<200"\], got "p\(99\)<5"/],
    ['{"respnse": []}', /there is no metric 'respnse'/],
    ['{"__proto__": []}', /there is no metric '__proto__'/],
    ['{"response": [5]}', /'response: 5': expected an expression like/],
    ['{"response": [null]}', /expected an expression like/],
    ['{"response": [{}]}', /expected "threshold" to be a text/],
    ['{"response": [{"treshold": "avg<1"}]}', /there is no key 'treshold'; did you mean 'threshold'\?/],
    ['{"response": [{"threshold": "avg<1", "abortOnFial": true}]}', /did you mean 'abortOnFail'\?/],
    ['{"response": [{"threshold": "avg<1", "abortOnFail": "yes"}]}', /expected "abortOnFail" to be true or false/],
    [
      '{"response": [{"threshold": "avg<1", "delayAbortEval": "10"}]}',
      /expected "delayAbortEval" with its unit, like "10s"/,
    ],
    ['{"response": [{"threshold": "avg<1", "delayAbortEval": -1}]}', /expected "delayAbortEval"/],
    ['{"response": [{"threshold": "avg<1", "delayAbortEval": true}]}', /expected "delayAbortEval"/],
  ])("%s", (text, sentence) => {
    expect(sentenceOf(() => parseThresholdFlag(text, known))).toMatch(sentence);
  });

  it.each([null, "response:avg<1", ["avg<1"]])("a block that is %j", (block) => {
    expect(sentenceOf(() => parseThresholds(block as unknown as ThresholdBlock, known))).toMatch(
      /^thresholds: expected an object of metrics, got /,
    );
  });
});

describe("thresholdText", () => {
  const spaces = fc.string({ maxLength: 2, unit: fc.constantFrom(" ", "\t") });
  // -0 is written as 0.
  const number = fc.oneof(
    fc.nat({ max: 1e6 }),
    fc.double({ noNaN: true, noDefaultInfinity: true }).map((n) => n + 0),
  );
  const share = fc.double({ min: 0, max: 1, noNaN: true });
  const percentile = fc.double({ min: 0, max: 100, noNaN: true }).map((n) => `p(${n})`);
  const sides = fc.oneof(
    fc.tuple(
      fc.constantFrom("response", "service", "http_req_duration"),
      fc.oneof(percentile, fc.constantFrom("avg", "min", "max", "med")),
      number,
    ),
    fc.tuple(fc.constantFrom("iterations", "dropped_iterations"), fc.constantFrom("count", "rate"), number),
    fc.tuple(fc.constantFrom("vus", "rss"), fc.constant("value"), number),
    fc.tuple(fc.constantFrom("failed", "http_req_failed"), fc.constant("rate"), share),
  );
  const operator = fc.constantFrom("<", "<=", ">", ">=", "==", "===", "!=");
  // No value has both a comma and both quotes: such a one cannot be written.
  const value = fc.string({ minLength: 1, unit: fc.constantFrom(..."ab :{}'/ ,") });

  it("parses to the same again", () => {
    fc.assert(
      fc.property(
        sides,
        operator,
        fc.dictionary(fc.constantFrom("scenario", "url"), value),
        spaces,
        (side, sign, tags, gap) => {
          const here = { metrics: known.metrics, tags: { scenario: [tags.scenario ?? ""], url: [tags.url ?? ""] } };
          const pairs = Object.entries(tags).map(([tag, text]) => `${gap}${tag}${gap}:${gap}"${text}"${gap}`);
          const braces = pairs.length === 0 ? "" : `{${pairs.join(",")}}`;
          const [metric, aggregation, number] = side;
          const text = `${gap}${metric}${gap}${braces}${gap}:${gap}${aggregation}${gap}${sign}${gap}${number}${gap}`;
          const parsed = parseThresholdFlag(text, here);
          expect(parsed).toMatchObject([{ tags, limit: number }]);
          expect(parsed.flatMap((threshold) => parseThresholdFlag(thresholdText(threshold), here))).toEqual(parsed);
        },
      ),
    );
  });

  it("prints a bare value as it is and quotes one that would be read otherwise", () => {
    const text = (step: string): string => thresholdText({ metric: "response", tags: { step }, source: "p(99)<5" });
    expect(["total", "it's", "http://a:1/{}", "a,b", " a", 'a,"b"', '"a"', ""].map(text)).toEqual([
      "response{step:total}: p(99)<5",
      "response{step:it's}: p(99)<5",
      "response{step:http://a:1/{}}: p(99)<5",
      'response{step:"a,b"}: p(99)<5',
      'response{step:" a"}: p(99)<5',
      "response{step:'a,\"b\"'}: p(99)<5",
      "response{step:'\"a\"'}: p(99)<5",
      'response{step:""}: p(99)<5',
    ]);
  });
});
