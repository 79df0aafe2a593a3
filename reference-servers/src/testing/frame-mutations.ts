import fc from "fast-check";

/** What a WebSocket door of JSON objects must survive: anything at all, and these messages cut, spliced and with wrong members. */
export function malformedFrames(
  messages: readonly object[],
  members: readonly string[],
): fc.Arbitrary<string | Buffer> {
  const anyJson = fc.oneof(
    fc.jsonValue({ maxDepth: 3 }),
    fc.constantFrom<unknown>(null, -1, 0.5, 2 ** 53, "", "__proto__", [], {}),
  );
  const splice = fc
    .tuple(fc.constantFrom(...messages), fc.nat(), fc.nat({ max: 20 }), fc.string({ unit: "binary", maxLength: 10 }))
    .map(([message, at, cut, put]) => {
      const text = JSON.stringify(message);
      const start = at % text.length;
      return text.slice(0, start) + put + text.slice(start + cut);
    });
  const member = fc
    .tuple(fc.constantFrom(...messages), fc.constantFrom(...members), anyJson)
    .map(([message, name, value]) => JSON.stringify({ ...message, [name]: value }));
  return fc.oneof(
    fc.string({ unit: "binary", maxLength: 200 }),
    anyJson.map((value) => JSON.stringify(value)),
    splice,
    member,
    fc.uint8Array({ maxLength: 50 }).map((bytes) => Buffer.from(bytes)),
  );
}
