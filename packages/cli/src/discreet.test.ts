import { describe, expect, it } from "vitest";
import { discreet, discreetText } from "./discreet.ts";

const url = "http://user:secret@host/mcp?token=t0ps3cret";

describe("discreet", () => {
  it("takes the URL's secrets out of every text in data, and nothing else", () => {
    const data = { reason: "got /mcp?token=t0ps3cret", cells: [{ p50: 1.5, note: null, ok: true }, "Basic secret"] };
    expect(discreet(data, url)).toEqual({
      reason: "got /mcp?token=***",
      cells: [{ p50: 1.5, note: null, ok: true }, "Basic ***"],
    });
    expect(data.reason).toBe("got /mcp?token=t0ps3cret");
  });

  it("leaves data as it is where there is no URL", () => {
    const data = { reason: "secret" };
    expect(discreet(data, undefined)).toBe(data);
  });
});

describe("discreetText", () => {
  it.each([
    ["--target", "user:secret@host:1"],
    ["--target=user:secret@host:1"],
    ["--target=http://user:secret@host/"],
    ["http://user:secret@host/"],
    ["--output", "influxdb=http://user:secret@host/"],
  ])("knows the secrets in %s %s", (...argv) => {
    const said = discreetText(`no such thing as ${argv.at(-1)}, and secret`, ["run", ...argv]);
    expect(said).not.toContain("secret");
    expect(said).toContain("host");
  });

  it("takes no path for an address", () => {
    expect(discreetText("results/a@b: no run", ["report", "results/a@b"])).toBe("results/a@b: no run");
  });
});
