import { widthOf } from "@apb/report/listing";
import { describe, expect, it } from "vitest";
import { bindings, profiles, scenarios } from "./catalog.ts";
import { list } from "./list.ts";

describe("list", () => {
  it.each([80, 100, 132])("fits into %d columns, with everything in it", (width) => {
    const text = list({ width, color: false });
    expect(widthOf(text)).toBeLessThanOrEqual(width);
    for (const { id, spec } of bindings) expect(text).toMatch(new RegExp(`${id} +${spec.standing}`));
    for (const { name } of [...scenarios, ...Object.values(profiles)]) expect(text).toContain(`\n  ${name} `);
  });

  it("has colours where they are wanted, and only there", () => {
    expect(list({ width: 80, color: true })).toContain("\u001b[");
    expect(list({ width: 80, color: false })).not.toContain("\u001b[");
  });
});
