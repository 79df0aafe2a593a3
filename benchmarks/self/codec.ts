import { parseArgs } from "node:util";
import { Failure } from "@apb/core/failure";
import { number, size, whole } from "@apb/report/format";
import { keyColumn, plain, sectionOf, valueColumn } from "@apb/report/section";
import { sectionText } from "@apb/report/table";
import { Bench } from "tinybench";
import { textOf } from "../bodies.ts";
import { type CodedMessage, messages } from "./messages.ts";

/** What every message costs by itself: encoding and decoding without a socket. `--quick` only shows that it works. */

const { values: flags } = parseArgs({ options: { quick: { type: "boolean", default: false } } });
const sizesBytes = [1024, 10 * 1024, 100 * 1024];
/** Calls in one sample, so that reading the clock is a small part of it. */
const batch = 10;

interface Line {
  readonly message: CodedMessage;
  readonly sizeBytes: number;
  readonly messageBytes: number;
  readonly encodeNs: number;
  readonly decodeNs: number;
}

/** Keeps results in use, so that no call can be left out as useless. */
let used = 0;

/** Median time of one call, in nanoseconds. */
function medianNs(name: string, call: () => number): number {
  const bench = new Bench({
    time: flags.quick ? 5 : 250,
    warmupTime: flags.quick ? 1 : 75,
    iterations: flags.quick ? 1 : 16,
    warmupIterations: 1,
    throws: true,
  });
  bench.add(name, () => {
    for (let n = 0; n < batch; n++) used += call();
  });
  const [task] = bench.runSync();
  if (task?.result.state !== "completed") throw new Failure("internal", `${name} was not measured`);
  return (task.result.latency.p50 * 1e6) / batch;
}

function measure(message: CodedMessage, sizeBytes: number): Line {
  const text = textOf(sizeBytes);
  const encoded = message.encode(text);
  if (message.decode(encoded) !== text) throw new Failure("mismatch", `${message.name} does not give its text back`);
  return {
    message,
    sizeBytes,
    messageBytes: encoded.length,
    encodeNs: medianNs(`encode ${message.name}`, () => message.encode(text).length),
    decodeNs: medianNs(`decode ${message.name}`, () => message.decode(encoded).length),
  };
}

const groups = sizesBytes.map((sizeBytes) => messages.map((message) => measure(message, sizeBytes)));
const section = sectionOf<Line>({
  title: "Codecs",
  caption: `medians of single calls, text to bytes and back, Node ${process.versions.node}`,
  columns: [
    keyColumn("body", ({ sizeBytes }) => size(sizeBytes)),
    keyColumn("message", ({ message }) => message.name),
    keyColumn("encoding", ({ message }) => message.encoding),
    valueColumn(0, "bytes", "", ({ messageBytes }) => plain(whole(messageBytes))),
    valueColumn(0, "encode", "ns/op", ({ encodeNs }) => plain(number(encodeNs))),
    valueColumn(0, "encode", "ops/s", ({ encodeNs }) => plain(whole(1e9 / encodeNs))),
    valueColumn(0, "decode", "ns/op", ({ decodeNs }) => plain(number(decodeNs))),
    valueColumn(0, "decode", "ops/s", ({ decodeNs }) => plain(whole(1e9 / decodeNs))),
  ],
  groups,
  remarks: ["The text is ASCII, the easiest case for JSON: nothing in it has to be escaped."],
});
const terminal = {
  width: process.stdout.columns ?? 120,
  color: process.stdout.isTTY === true && !process.env.NO_COLOR,
};
process.stdout.write(`${sectionText(section, terminal)}\n`);
if (used === 0) process.exitCode = 1;
