import { describe, expect, it } from "vitest";
import { bindings } from "./catalog.ts";
import { doorsOf, isStartedByClients, ownServers, sdksOf, withoutServer } from "./servers.ts";

const ids = bindings.map(({ id }) => id);

describe("the servers of a binding", () => {
  it.each(ids)("%s has a door at least, and a written reason where it lacks a server", (id) => {
    const listening = ownServers.flatMap(doorsOf).map(({ binding }) => binding);
    expect(listening.includes(id)).toBe(!isStartedByClients(id));
    for (const kind of ownServers) expect(withoutServer(kind, id) ?? "").not.toMatch(/ has no (reference|sdk) server$/);
  });

  it.each(ownServers)("are doors of known bindings (%s), each once", (kind) => {
    const served = doorsOf(kind).map(({ binding }) => binding);
    expect(new Set(served).size).toBe(served.length);
    expect(ids).toEqual(expect.arrayContaining(served));
  });

  it("name a missing server, but none of a target, which is nobody's concern here", () => {
    expect(withoutServer("reference", "no/thing")).toBe("no/thing has no reference server");
    expect(withoutServer("external", "no/thing")).toBeNull();
    expect(withoutServer("command", "no/thing")).toBeNull();
  });
});

describe("sdksOf", () => {
  it("tells which SDK serves, with versions, and leaves out what no SDK serves", () => {
    expect(sdksOf(["agp/grpc", "acp/rest"])).toEqual({
      "agp/grpc": expect.stringMatching(/^@grpc\/grpc-js \d+\.\d+\.\d+ with @grpc\/proto-loader \d+\.\d+\.\d+$/),
    });
  });
});
