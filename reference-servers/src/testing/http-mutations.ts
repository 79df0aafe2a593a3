import fc from "fast-check";

/** A request as a fuzzer handles it; `Content-Length` is added when it is sent. */
export interface FuzzRequest {
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
}

type Mutation = (request: FuzzRequest) => FuzzRequest;

const methods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"];
const extraHeaders = ["accept", "origin", "content-encoding", "last-event-id", "mcp-session-id", "x-extra"];
/** What a client library lets through: a path of visible ASCII, a header value of Latin-1 without control characters. */
const visible = characters((code) => code > 0x20 && code < 0x7f);
const latin1 = characters((code) => code >= 0x20 && code !== 0x7f);
const anyJson = fc.oneof(
  fc.jsonValue({ maxDepth: 4, noUnicodeString: false }),
  fc.constantFrom<unknown>(null, true, 0, -1, 1.5, 2 ** 53, 1e300, "", "2.0", [], {}, "__proto__", "\ud800"),
);

const bodyBytes: fc.Arbitrary<Mutation> = fc
  .uint8Array({ maxLength: 300 })
  .map((body) => (request) => ({ ...request, body }));

const bodyJson: fc.Arbitrary<Mutation> = anyJson.map((value) => (request) => ({
  ...request,
  body: JSON.stringify(value),
}));

/** Cuts bytes out of the body and puts others in their place. */
const bodySplice: fc.Arbitrary<Mutation> = fc
  .record({ at: fc.nat(), cut: fc.nat({ max: 20 }), put: fc.uint8Array({ maxLength: 20 }) })
  .map(({ at, cut, put }) => (request) => {
    const body = Buffer.from(request.body);
    const start = at % (body.length + 1);
    return { ...request, body: Buffer.concat([body.subarray(0, start), put, body.subarray(start + cut)]) };
  });

/** Replaces, removes or renames one member of a JSON body, at any depth. */
const bodyMember: fc.Arbitrary<Mutation> = fc
  .record({ which: fc.nat(), how: fc.constantFrom("replace", "remove", "rename"), value: anyJson, name: fc.string() })
  .map(({ which, how, value, name }) => (request) => {
    const root = parse(request.body);
    const places = members(root);
    const place = places[which % Math.max(places.length, 1)];
    if (place === undefined) return request;
    const { holder, key } = place;
    if (how === "rename" && !Array.isArray(holder)) holder[name] = holder[key];
    if (how === "replace") holder[key] = value;
    else delete holder[key];
    return { ...request, body: JSON.stringify(root) };
  });

const header: fc.Arbitrary<Mutation> = fc
  .record({ which: fc.nat(), how: fc.constantFrom("remove", "replace", "repeat", "upper"), value: latin1 })
  .map(({ which, how, value }) => (request) => {
    const names = Object.keys(request.headers);
    const name = names[which % Math.max(names.length, 1)];
    if (name === undefined) return request;
    const { [name]: old = "", ...others } = request.headers;
    if (how === "remove") return { ...request, headers: others };
    if (how === "upper") return { ...request, headers: { ...others, [upper(name)]: upper(old) } };
    return { ...request, headers: { ...others, [name]: how === "replace" ? value : `${old}, ${old}` } };
  });

const extraHeader: fc.Arbitrary<Mutation> = fc
  .tuple(fc.constantFrom(...extraHeaders), latin1)
  .map(([name, value]) => (request) => ({ ...request, headers: { ...request.headers, [name]: value } }));

const method: fc.Arbitrary<Mutation> = fc
  .constantFrom(...methods)
  .map((changed) => (request) => ({ ...request, method: changed }));

const path: fc.Arbitrary<Mutation> = fc
  .record({ at: fc.nat(), cut: fc.nat({ max: 3 }), put: visible })
  .map(({ at, cut, put }) => (request) => {
    const start = 1 + (at % request.path.length);
    return { ...request, path: request.path.slice(0, start) + put + request.path.slice(start + cut) };
  });

const mutation = fc.oneof(
  { weight: 1, arbitrary: bodyBytes },
  { weight: 2, arbitrary: bodyJson },
  { weight: 2, arbitrary: bodySplice },
  { weight: 6, arbitrary: bodyMember },
  { weight: 3, arbitrary: header },
  { weight: 1, arbitrary: extraHeader },
  { weight: 1, arbitrary: method },
  { weight: 1, arbitrary: path },
);

/** Any of the seeds with one to three things about it changed. */
export function mutated(seeds: readonly FuzzRequest[]): fc.Arbitrary<FuzzRequest> {
  return fc
    .tuple(fc.constantFrom(...seeds), fc.array(mutation, { minLength: 1, maxLength: 3 }))
    .map(([seed, mutations]) => mutations.reduce((request, mutate) => mutate(request), seed));
}

/** ASCII only: other letters of Latin-1 have capitals outside it. */
function upper(text: string): string {
  return text.replace(/[a-z]+/g, (letters) => letters.toUpperCase());
}

function characters(allowed: (code: number) => boolean): fc.Arbitrary<string> {
  const units = Array.from({ length: 256 }, (_, code) => code).filter(allowed);
  return fc.string({ unit: fc.constantFrom(...units.map((code) => String.fromCharCode(code))) });
}

interface Place {
  readonly holder: Record<string, unknown>;
  readonly key: string;
}

/** Every member of every object and array in a JSON value. */
function members(value: unknown): Place[] {
  if (typeof value !== "object" || value === null) return [];
  const holder = value as Record<string, unknown>;
  return Object.keys(holder).flatMap((key) => [{ holder, key }, ...members(holder[key])]);
}

function parse(body: string | Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(body).toString());
  } catch {
    return undefined;
  }
}
