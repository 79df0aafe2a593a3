import pc from "picocolors";
import { describe, expect, it } from "vitest";
import { gridsText } from "./grid.ts";
import { type ColumnOf, keyColumn, plain, type Section, sectionOf, valueColumn } from "./section.ts";

const colors = pc.createColors(false);

/** A key of 3 characters, and columns of 6: `a6` is in part 1. */
function sectionWith(...headers: readonly string[]): Section {
  const columns = headers.map((header) => valueColumn<string>(Number(header[1]), header, "", () => plain("123456")));
  return sectionOf<string>({
    title: "",
    caption: "",
    columns: [keyColumn("key", (item) => item), ...columns],
    groups: [["one"], ["two"]],
  });
}

/** The heads of each table. */
function headsAt(section: Section, width: number): readonly string[] {
  return gridsText(section, width, colors).map((grid) => grid.split("\n", 1)[0]?.trim().replaceAll(/ +/g, " ") ?? "");
}

describe("gridsText", () => {
  it.each([
    ["in one table where there is room", ["a1", "b1", "c2"], 27, ["key a1 b1 c2"]],
    ["part by part where there is not", ["a1", "b1", "c2"], 26, ["key a1 b1", "key c2"]],
    ["neighbouring parts together", ["a1", "b2", "c3", "d3"], 34, ["key a1 b2", "key c3 d3"]],
    ["a part that is too wide in like pieces", ["a1", "b1", "c1", "d1"], 27, ["key a1 b1", "key c1 d1"]],
    ["what follows such a part beside its last piece", ["a1", "b1", "c1", "d2"], 19, ["key a1 b1", "key c1 d2"]],
    ["a column that fits nowhere by itself", ["a1", "b1"], 5, ["key a1", "key b1"]],
  ])("prints %s", (_what, headers, width, expected) => {
    expect(headsAt(sectionWith(...headers), width)).toEqual(expected);
  });

  it("counts the columns of wide characters", () => {
    const section = sectionOf<string>({
      title: "",
      caption: "",
      columns: [
        keyColumn("key", (item) => item),
        valueColumn(1, "a", "", () => plain("12")),
        valueColumn(2, "b", "", () => plain("34")),
      ],
      groups: [["한국어", "ab"]],
    });
    const whole = ["key      a   b", "──────────────", "한국어  12  34", "ab      12  34"];
    expect(gridsText(section, 14, colors)).toEqual([whole.join("\n")]);
    expect(gridsText(section, 13, colors)).toHaveLength(2);
  });

  it("wraps sentences to what the other columns leave, rather than to break the table", () => {
    const said: ColumnOf<string> = { ...valueColumn(1, "said", "", () => plain("no such document")), align: "left" };
    const section = sectionOf<string>({
      title: "",
      caption: "",
      columns: [keyColumn("key", (item) => item), valueColumn(1, "count", "", () => plain("12345678")), said],
      groups: [["one"]],
    });
    expect(gridsText(section, 24, colors)).toEqual([
      ["key     count  said", "───────────────────────", "one  12345678  no such", "               document"].join(
        "\n",
      ),
    ]);
  });

  it("wraps sentences at half the width, and sets groups apart", () => {
    const remark: ColumnOf<string> = { ...valueColumn(1, "", "", () => plain("not judged: unsteady")), align: "left" };
    const section = sectionOf<string>({
      title: "",
      caption: "",
      columns: [keyColumn("key", (item) => item), remark],
      groups: [["one"], ["two"]],
    });
    expect(gridsText(section, 24, colors)).toEqual([
      ["key", "────────────────", "one  not judged:", "     unsteady", "", "two  not judged:", "     unsteady"].join(
        "\n",
      ),
    ]);
  });
});
