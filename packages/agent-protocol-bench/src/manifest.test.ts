import { describe, expect, it } from "vitest";
import { dependenciesOf, type Member, manifestOf } from "./manifest.ts";

type Inputs = Parameters<typeof dependenciesOf>[0]["inputs"];

/** Sources with what they import from elsewhere. */
function inputsOf(sources: Readonly<Record<string, readonly string[]>>): Inputs {
  return Object.fromEntries(
    Object.entries(sources).map(([source, paths]) => [
      source,
      { bytes: 1, imports: paths.map((path) => ({ path, kind: "import-statement", external: true })) },
    ]),
  );
}

const members: Readonly<Record<string, Member>> = {
  a: { dependencies: { ws: "^8.0.0", "@grpc/grpc-js": "^1.0.0" } },
  b: { dependencies: { ws: "^8.1.0", express: "^5.0.0" } },
  sdk: { dependencies: { express: "^4.0.0" } },
};

function dependencies(sources: Readonly<Record<string, readonly string[]>>): Record<string, string> {
  return dependenciesOf({ inputs: inputsOf(sources) }, (source) => members[source.split("/")[0] ?? ""] ?? {}, "sdk/");
}

describe("dependenciesOf", () => {
  it("are what sources import, by package, as each declares it, without Node's own and what is left out", () => {
    expect(
      dependencies({
        "a/x.ts": ["ws", "node:fs", "@grpc/grpc-js/build/src/server.js", "<runtime>"],
        "b/x.ts": ["express"],
        "sdk/x.ts": ["express"],
      }),
    ).toEqual({ "@grpc/grpc-js": "^1.0.0", express: "^5.0.0", ws: "^8.0.0" });
  });

  it.each([
    ["is not declared", { "a/x.ts": ["undici"] }, "a/x.ts imports undici, which its package.json does not declare"],
    [
      "is declared differently",
      { "a/x.ts": ["ws"], "b/x.ts": ["ws"] },
      "ws is declared as ^8.0.0 and, for b/x.ts, as ^8.1.0; declare it alike",
    ],
  ])("refuses what %s", (_, sources, message) => {
    expect(() => dependencies(sources)).toThrow(message);
  });
});

describe("manifestOf", () => {
  const about = { name: "x", version: "1.2.3", description: "d", license: "MIT", engines: { node: ">=20" } };

  it("can be published, and runs nothing when it is installed", () => {
    const manifest = manifestOf(about, { ws: "^8.0.0" }, null);
    expect(manifest).toMatchObject({ ...about, bin: { x: "lib/main.js" }, dependencies: { ws: "^8.0.0" } });
    for (const key of ["private", "scripts", "repository", "devDependencies"]) expect(manifest).not.toHaveProperty(key);
  });

  it("says where the repository is when that is known", () => {
    expect(manifestOf(about, {}, "https://github.com/o/r")).toMatchObject({
      repository: { type: "git", url: "git+https://github.com/o/r.git" },
    });
  });
});
