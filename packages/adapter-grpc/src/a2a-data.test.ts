import { fromProtoValue, plainData, toProtoValue } from "@apb/protocols/a2a-value";
import { a2aProto } from "@apb/protos/files";
import { messageType } from "@apb/wire/protobuf";
import fc from "fast-check";
import { expect, it } from "vitest";

const part = messageType<{ readonly data: unknown }>(a2aProto, "lf.a2a.v1.Part");
const json = fc.jsonValue({ noUnicodeString: false }).map((value) => JSON.parse(JSON.stringify(value)) as unknown);

it("carries every JSON value as a data part, through protobuf and back", () => {
  fc.assert(
    fc.property(json, (value) => {
      const decoded = part.decode(part.encode({ data: toProtoValue(value) }));
      expect(fromProtoValue(decoded.data)).toEqual(value);
    }),
    { numRuns: 200 },
  );
});

it("makes plain data of every place where an answer has parts", () => {
  const holder = (): object => ({ parts: [{ data: toProtoValue({ n: 1 }) }, { text: "x" }] });
  const plain = { parts: [{ data: { n: 1 } }, { text: "x" }] };
  expect(plainData({ message: holder() })).toEqual({ message: plain });
  expect(plainData({ task: { artifacts: [holder()], status: { message: holder() } } })).toEqual({
    task: { artifacts: [plain], status: { message: plain } },
  });
  expect(plainData({ artifactUpdate: { artifact: holder() } })).toEqual({ artifactUpdate: { artifact: plain } });
  expect(plainData({ statusUpdate: { status: { message: holder() } } })).toEqual({
    statusUpdate: { status: { message: plain } },
  });
});
