import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { changePoints } from "./change-points.ts";
import { momentsOf } from "./moments.ts";
import { withoutOutliers } from "./outliers.ts";
import { pooledP } from "./student.ts";
import { normals, uniforms } from "./testing/draws.ts";

/** Yearly flow of the Nile at Aswan from 1871 to 1970, in 10⁸ m³: Cobb, Biometrika 65 (1978); R: datasets::Nile. */
const nile = [
  [1120, 1160, 963, 1210, 1160, 1160, 813, 1230, 1370, 1140, 995, 935, 1110, 994, 1020, 960, 1180, 799, 958, 1140],
  [1100, 1210, 1150, 1250, 1260, 1220, 1030, 1100, 774, 840, 874, 694, 940, 833, 701, 916, 692, 1020, 1050, 969],
  [831, 726, 456, 824, 702, 1120, 1100, 832, 764, 821, 768, 845, 864, 862, 698, 845, 744, 796, 1040, 759],
  [781, 865, 845, 944, 984, 897, 822, 1010, 771, 676, 649, 846, 812, 742, 801, 1040, 860, 874, 848, 890],
  [744, 749, 838, 1050, 918, 986, 797, 923, 975, 815, 1020, 906, 901, 1170, 912, 746, 919, 718, 714, 740],
].flat();

const nights = 60;

/** What a nightly job sees: noise of 3%, every 20th night 15 to 30% worse, and from one night on a step. */
function nightly(seed: number, step = 0, from = nights): readonly number[] {
  const [noise, chance] = [normals(seed), uniforms(seed + 1_000_000)];
  return Array.from({ length: nights }, (_, night) => {
    const bad = chance() < 0.05 ? 1.15 + 0.15 * chance() : 1;
    return 100 * (1 + 0.03 * noise()) * bad * (night < from ? 1 : 1 + step);
  });
}

const seeds = Array.from({ length: 20 }, (_, n) => n + 1);
const indicesOf = (series: readonly number[], options = {}): readonly number[] =>
  changePoints(series, options).map(({ index }) => index);

describe("changePoints", () => {
  it("finds the Nile's of 1899, and no other, as Cobb and those after him", () => {
    const [change, ...others] = changePoints(nile);
    expect(others).toEqual([]);
    expect(change).toMatchObject({ index: 1899 - 1871, before: { n: 28 }, after: { n: 72 } });
    // The means of the two parts are 1097.75 and 849.97, that of the first without 1877, a year of drought, some more.
    expect(change?.before.mean).toBeCloseTo(1_097.75, -2);
    expect(change?.after.mean).toBeCloseTo(849.97, 2);
    expect(change?.p).toBeLessThan(1e-12);
  });

  it("finds each of several, to either side, and says what lies on both", () => {
    const levels = [10, 14, 9, 9.2];
    const series = levels.flatMap((level, n) => Array.from({ length: 12 + n }, (_, k) => level + 0.1 * (k % 3)));
    const found = changePoints(series);
    expect(found.map(({ index }) => index)).toEqual([12, 25]);
    expect(found[0]).toMatchObject({
      before: momentsOf(series.slice(0, 12)),
      after: momentsOf(series.slice(12, 25)),
      change: expect.closeTo(14.1 / 10.1 - 1, 2),
    });
    expect(found[1]).toMatchObject({ before: found[0]?.after, change: expect.closeTo(9.2 / 14.1 - 1, 2) });
    expect(found[1]?.p).toBe(pooledP(found[1]?.before ?? momentsOf([]), momentsOf(withoutOutliers(series).slice(25))));
  });

  it("finds them far apart in a long series, beyond one window", () => {
    const draw = normals(41);
    const series = Array.from({ length: 300 }, (_, n) => 100 + 2 * draw() + (n >= 110 ? 20 : 0) + (n >= 240 ? 20 : 0));
    expect(indicesOf(series)).toEqual([110, 240]);
  });

  it("finds a rise that a fall takes back, and more, in most series", () => {
    const found = seeds.filter((seed) => {
      const noise = normals(seed);
      const levels = [100, 115, 93].flatMap((level) => Array.from({ length: 20 }, () => level * (1 + 0.03 * noise())));
      const indices = indicesOf(levels);
      return [20, 40].every((at) => indices.some((index) => Math.abs(index - at) <= 2));
    });
    expect(found.length).toBeGreaterThanOrEqual(19);
  });

  it("keeps a split that is weak where it is found and strong beside its neighbours in the end", () => {
    const series = [18, 17, 18, 12, 12, 13, 10, 20, 21, 22, 23];
    expect(indicesOf(series)).toEqual([3, 7]);
    // Before the split at 3 is one, the other has values of both kinds before it.
    const p = pooledP(momentsOf(series.slice(0, 7)), momentsOf(series.slice(7)));
    expect(p).toBeGreaterThan(0.001);
    expect(p).toBeLessThan(0.01);
  });

  it("takes neither one bad value nor two for a change, three on both sides for one", () => {
    const flat = (some: number): readonly number[] => Array.from({ length: some }, (_, n) => 10 + 0.01 * (n % 2));
    expect(indicesOf([...flat(20), 15, ...flat(20)])).toEqual([]);
    expect(indicesOf([...flat(20), 15, 15, ...flat(20)])).toEqual([]);
    expect(indicesOf([...flat(20), 15, 15])).toEqual([]);
    expect(indicesOf([...flat(20), 15, 15, 15])).toEqual([20]);
    expect(indicesOf([15, 15, 15, ...flat(20)])).toEqual([3]);
    expect(indicesOf([10, 10, 10, 15, 15])).toEqual([]);
  });

  it("leaves small changes alone, however sure", () => {
    const step = (by: number): readonly number[] => [...Array(20).fill(100), ...Array(20).fill(100 + by)];
    expect(indicesOf(step(4))).toEqual([]);
    expect(indicesOf(step(-4))).toEqual([]);
    expect(indicesOf(step(6))).toEqual([20]);
    expect(indicesOf(step(4), { leastChange: 0.03 })).toEqual([20]);
    expect(changePoints([0, 0, 0, 1, 1, 1])).toMatchObject([{ index: 3, change: null, p: 0 }]);
  });

  it("has nothing to find in few values, or in equal ones", () => {
    expect([[], [1], [1, 2, 3, 4, 5], Array(60).fill(0)].map((series) => indicesOf(series))).toEqual([[], [], [], []]);
    expect(() => changePoints([1, Number.NaN])).toThrow("NaN is not a finite number");
  });

  it("does not depend on the unit, and every point it names holds what it promises", () => {
    const value = fc.integer({ min: 80, max: 130 });
    fc.assert(
      fc.property(fc.array(value, { maxLength: 70 }), (series) => {
        const found = changePoints(series);
        expect(indicesOf(series.map((one) => 8 * one))).toEqual(found.map(({ index }) => index));
        for (const { before, after, change, p } of found) {
          expect(Math.min(before.n, after.n)).toBeGreaterThanOrEqual(3);
          expect(p).toBeLessThan(0.001);
          expect(Math.abs(change ?? 0)).toBeGreaterThan(0.047);
        }
      }),
    );
  });

  it("looked at every night raises at most one false alarm in 200 nights, bad ones among them", () => {
    let alarms = 0;
    for (const seed of seeds) {
      const series = nightly(seed);
      const raised: number[] = [];
      for (let night = 1; night <= nights; night++)
        // The same change a few nights to either side, as more nights show where it is, is no other.
        for (const index of indicesOf(series.slice(0, night)))
          if (raised.every((known) => Math.abs(known - index) > 5)) raised.push(index);
      alarms += raised.length;
    }
    expect(alarms / (seeds.length * nights)).toBeLessThanOrEqual(0.5 / 100);
  });

  it.each([
    [0.1, 15],
    [0.1, 30],
    [0.1, 50],
    [-0.1, 30],
  ])("finds a step of %d from night %d on within a week in nine of ten series", (step, from) => {
    const found = seeds.filter((seed) => {
      const series = nightly(seed, step, from);
      return Array.from({ length: 7 }, (_, n) => changePoints(series.slice(0, from + n + 1))).some((points) =>
        points.some(({ index, change }) => Math.abs(index - from) <= 3 && (change ?? 0) * step > 0),
      );
    });
    expect(found.length / seeds.length).toBeGreaterThanOrEqual(0.9);
  });
});

describe("withoutOutliers", () => {
  it("replaces what stands alone and keeps steps and noise", () => {
    const noisy = [10, 11, 10, 9, 10, 11, 9, 10];
    expect(withoutOutliers(noisy)).toEqual(noisy);
    expect(withoutOutliers([...noisy, 20, ...noisy])).toEqual([...noisy, 10, ...noisy]);
    expect(withoutOutliers([...noisy, 20, 20, ...noisy])).toEqual([...noisy, 10, 11, ...noisy]);
    const step = [...noisy, ...noisy.map((value) => 2 * value)];
    expect(withoutOutliers(step)).toEqual(step);
  });

  it("takes at an end the nearest five", () => {
    const noisy = [10, 11, 10, 9, 10, 11, 9, 10];
    expect(withoutOutliers([20, ...noisy])).toEqual([10, ...noisy]);
    expect(withoutOutliers([...noisy, 20, 20])).toEqual([...noisy, 11, 11]);
    expect(withoutOutliers([...noisy, 20, 20, 20])).toEqual([...noisy, 20, 20, 20]);
    expect(withoutOutliers([1, 50, 1])).toEqual([1, 50, 1]);
  });
});
