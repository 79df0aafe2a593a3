import { parseArgs } from "node:util";
import { textOf } from "@apb/benchmarks/bodies";
import { Failure } from "@apb/core/failure";
import { number, size, whole } from "@apb/report/format";
import { keyColumn, plain, sectionOf, valueColumn } from "@apb/report/section";
import { medianNs } from "./median-ns.ts";
import { type CodedMessage, messages } from "./messages.ts";
import { print } from "./program.ts";

/** What every message costs by itself: encoding and decoding without a socket. `--quick` only shows that it works. */

const { values: flags } = parseArgs({ options: { quick: { type: "boolean", default: false } } });
const sizesBytes = [1024, 10 * 1024, 100 * 1024];

interface Line {
  readonly message: CodedMessage;
  readonly sizeBytes: number;
  readonly messageBytes: number;
  readonly encodeNs: number;
  readonly decodeNs: number;
}

function measure(message: CodedMessage, sizeBytes: number): Line {
  const text = textOf(sizeBytes);
  const encoded = message.encode(text);
  if (message.decode(encoded) !== text) throw new Failure("mismatch", `${message.name} does not give its text back`);
  return {
    message,
    sizeBytes,
    messageBytes: encoded.length,
    encodeNs: medianNs(`encode ${message.name}`, () => message.encode(text).length, flags.quick),
    decodeNs: medianNs(`decode ${message.name}`, () => message.decode(encoded).length, flags.quick),
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
print(section);
