import { Histogram } from "@apb/core/histogram";
import { describe, expect, it } from "vitest";
import { locustFiles } from "./locust.ts";
import { sampleCell, sampleHole, sampleId, sampleRun, sampleSecond, sampleStep } from "./testing/sample-run.ts";

/** A file's lines by the names of its columns; no field of these tests has a comma. */
function linesOf(run: Parameters<typeof locustFiles>[0], ending: string): readonly Record<string, string>[] {
  const [head = "", ...lines] = (locustFiles(run)[ending] ?? "").split("\n");
  const names = head.split(",");
  return lines.map((line) => Object.fromEntries(line.split(",").map((field, n) => [names[n] ?? "", field])));
}

const percentiles = "50%,66%,75%,80%,90%,95%,98%,99%,99.9%,99.99%,100%";
const failing = (round: number) =>
  sampleCell(
    { round },
    {
      steps: {
        total: {
          ...sampleStep([1, 1, 2], { agent: 1 }),
          said: { agent: { firstMs: 250, lastMs: 500, sentence: `no file in round ${round}` } },
        },
      },
    },
  );

/** A second of that many iterations of 2 ms, all of them well. */
function second(n: number, round: number, count: number) {
  const times = new Histogram();
  for (let done = 0; done < count; done++) times.record(2);
  return sampleSecond(n, {
    cell: sampleId({ round }),
    startedAt: new Date(Date.UTC(2026, 7, 1, 3, round, n)).toISOString(),
    steps: { total: { count, failures: 0, meanMs: 2, p50Ms: 2, p99Ms: 2, histogram: times.encodeCoarse() } },
  });
}

describe("Locust's files", () => {
  it("have its columns, whatever there is", () => {
    const heads = Object.entries(locustFiles(sampleRun([]))).map(([ending, text]) => [ending, text.split("\n")[0]]);
    expect(Object.fromEntries(heads)).toEqual({
      "_stats.csv": `Type,Name,Request Count,Failure Count,Median Response Time,Average Response Time,Min Response Time,Max Response Time,Average Content Size,Requests/s,Failures/s,${percentiles}`,
      "_stats_history.csv": `Timestamp,User Count,Type,Name,Requests/s,Failures/s,${percentiles},Total Request Count,Total Failure Count,Total Median Response Time,Total Average Response Time,Total Min Response Time,Total Max Response Time,Total Average Content Size`,
      "_failures.csv": "Method,Name,Error,Occurrences,First Seen,Last Seen",
      "_exceptions.csv": "Count,Message,Traceback,Nodes",
    });
    expect(linesOf(sampleRun([]), "_stats.csv")).toMatchObject([
      { Type: "", Name: "Aggregated", "Request Count": "0", "Median Response Time": "0", "50%": "N/A" },
    ]);
  });

  it("count failed requests, and take their times, as it does; all rounds together, everything last", () => {
    const other = sampleCell({ binding: "two/grpc", case: {} }, { steps: { total: sampleStep([4, 4]) }, wire: null });
    const [two, one, all, ...more] = linesOf(sampleRun([other, failing(2), failing(1)]), "_stats.csv");
    expect(one).toMatchObject({ Type: "one/rest", Name: "message-size/sizeBytes=1024/10 VUs", "Request Count": "8" });
    // Six of 1 ms, the failed ones among them, and two of 2 ms, in windows of 0.8 s.
    expect(one).toMatchObject({ "Failure Count": "2", "50%": "1", "100%": "2", "Average Response Time": "1.25" });
    expect(one).toMatchObject({ "Requests/s": "5", "Failures/s": "1.25", "Average Content Size": "1300" });
    expect(two).toMatchObject({ Type: "two/grpc", Name: "message-size/10 VUs", "Average Content Size": "" });
    expect(all).toMatchObject({ Type: "", Name: "Aggregated", "Request Count": "10", "Failure Count": "2" });
    expect(all).toMatchObject({ "100%": "4", "Requests/s": "4.167", "Average Content Size": "1300" });
    expect(more).toEqual([]);
  });

  it("have the tasks of a cell in its place where it has several", () => {
    const task = {
      targetShare: 0.5,
      attainedShare: 0.5,
      interrupted: 0,
      iterationsPerSecond: 1,
      operationsPerSecond: 1,
    };
    const tasks = { login: { ...sampleStep([1]), ...task }, buy: { ...sampleStep([2, 2], { closed: 1 }), ...task } };
    const workload = { load: "10 VUs", begun: 4, completed: 3, dropped: 0, interrupted: 0, tasks };
    const run = sampleRun([sampleCell({ case: {} }, { workloads: { shop: workload } })]);
    expect(linesOf(run, "_stats.csv").map(({ Name, "Request Count": count }) => [Name, count])).toEqual([
      ["message-size/10 VUs/login", "1"],
      ["message-size/10 VUs/buy", "3"],
      ["Aggregated", "4"],
    ]);
    expect(linesOf(run, "_failures.csv")).toMatchObject([
      { Name: "message-size/10 VUs/buy", Error: "closed: it was closed", Occurrences: "1", "First Seen": "" },
    ]);
  });

  it("tell failures with the first one's sentence and when they were seen, and cells without numbers", () => {
    const hole = (round: number) => sampleHole({ binding: "two/grpc", round });
    const run = {
      ...sampleRun([failing(1), failing(2), hole(1), hole(2)]),
      series: [second(0, 1, 1), second(0, 2, 1)],
    };
    expect(linesOf(run, "_failures.csv")).toEqual([
      {
        ...{ Method: "one/rest", Name: "message-size/sizeBytes=1024/10 VUs", Error: "agent: no file in round 1" },
        ...{ Occurrences: "2", "First Seen": "2026-08-01T03:01:00.250Z", "Last Seen": "2026-08-01T03:02:00.500Z" },
      },
      {
        ...{ Method: "two/grpc", Name: "message-size/sizeBytes=1024/10 VUs" },
        ...{ Error: "[refused] nothing listens there", Occurrences: "2", "First Seen": "", "Last Seen": "" },
      },
    ]);
  });

  it("tell each second's own percentiles, and everything so far", () => {
    const { histogram: _, ...old } = second(1, 2, 5).steps.total ?? { count: 0, failures: 0 };
    const older = sampleSecond(1, { cell: sampleId({ round: 2 }), steps: { total: old } as never });
    const series = [second(0, 1, 10), second(1, 1, 20), second(0, 2, 30), older];
    const lines = linesOf({ ...sampleRun([]), series }, "_stats_history.csv");
    expect(lines.map(({ Name }) => Name === "Aggregated")).toEqual([
      false,
      true,
      false,
      true,
      false,
      true,
      false,
      true,
    ]);
    expect(lines[2]).toMatchObject({ Timestamp: "1785553262", "User Count": "10", "Requests/s": "20.000000" });
    expect(Number(lines[2]?.["95%"])).toBeCloseTo(2, 1);
    expect(lines[2]).toMatchObject({ Type: "one/rest", "Total Request Count": "30", "Total Failure Count": "0" });
    expect(lines[5]).toMatchObject({ Type: "", "Total Request Count": "60" });
    expect(lines[6]).toMatchObject({ Timestamp: "", "50%": "N/A", "Total Request Count": "65" });
    expect(lines[6]).toMatchObject({ "Total Median Response Time": "N/A" });
  });
});
