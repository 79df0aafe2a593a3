import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { messageType, method } from "./protobuf.ts";

const folder = mkdtempSync(join(tmpdir(), "protobuf-test-"));
const protoFile = join(folder, "test.proto");
writeFileSync(
  protoFile,
  `syntax = "proto3";
  package test;
  import "google/protobuf/timestamp.proto";
  enum Colour { NONE = 0; RED = 1; }
  message Request { string some_text = 1; Colour colour = 2; uint64 large = 3; google.protobuf.Timestamp at = 4; }
  service Test { rpc Echo(Request) returns (Request); }`,
);
afterAll(() => rmSync(folder, { recursive: true }));

describe("a method of a .proto file", () => {
  const echo = method<object, object>(protoFile, "test.Test", "Echo");

  it("has its path", () => {
    expect(echo.path).toBe("/test.Test/Echo");
  });

  it("takes and gives objects", () => {
    const full = { someText: "한🤖", colour: "RED", large: "18446744073709551615", at: { seconds: "1", nanos: 2 } };
    expect(echo.decode(echo.encode(full))).toEqual(full);
    expect(Buffer.from(echo.encode({ someText: "a" })).toString("hex")).toBe("0a0161");
    expect(echo.decode(new Uint8Array())).toEqual({ someText: "", colour: "NONE", large: "0", at: null });
  });

  it("fails for bytes that are no such message", () => {
    expect(() => echo.decode(Buffer.from("0aff", "hex"))).toThrow(
      "[protocol] expected a test.Test/Echo reply, got 2 bytes that are not one",
    );
  });

  it("must be there", () => {
    expect(() => method(protoFile, "test.Test", "Nothing")).toThrow(/^\[internal\].*has no test.Test\/Nothing$/);
    expect(() => method(protoFile, "test.Nobody", "Echo")).toThrow(/^\[internal\].*has no test.Nobody\/Echo$/);
  });
});

describe("a message type of a .proto file", () => {
  const request = messageType<object>(protoFile, "test.Request");

  it("takes and gives objects, and fails for bytes that are none", () => {
    expect(request.decode(request.encode({ someText: "a" }))).toMatchObject({ someText: "a", at: null });
    expect(() => request.decode(Buffer.from("0aff", "hex"))).toThrow("[protocol] expected a test.Request, got 2 bytes");
  });

  it("must be there", () => {
    expect(() => messageType(protoFile, "test.Nothing")).toThrow(/^\[internal\].*has no test.Nothing$/);
  });
});
