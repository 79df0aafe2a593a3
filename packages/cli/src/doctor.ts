import { readFile } from "node:fs/promises";
import { createServer } from "node:net";
import { doors } from "@apb/reference-servers/doors";
import { listing, widthOf } from "@apb/report/listing";
import { standardOutput } from "@apb/report/reporters";
import type { Terminal } from "@apb/report/table";
import { openFilesLimit, readEnvironment } from "@apb/runner/environment";
import { libraryVersions } from "@apb/wire/versions";
import pc from "picocolors";

/** One thing looked at: how it is, and what follows for measuring. */
export interface Examination {
  readonly what: string;
  readonly value: string;
  readonly good: boolean;
  readonly follows: string;
}

/** What this machine can and cannot measure. */
export async function doctor(terminal: Terminal = standardOutput()): Promise<string> {
  return findingsText([...(await machine()), ...(await connections()), await ports()], terminal);
}

/** What was found with what follows under it, no line wider than the terminal. */
export function findingsText(findings: readonly Examination[], { width, color }: Terminal): string {
  const colors = pc.createColors(color);
  const widest = Math.max(...findings.map(({ what }) => widthOf(what)));
  return listing(
    findings.map(({ what, value, good, follows }) => {
      const mark = good ? colors.green("good") : colors.yellow("beware");
      return [`${what.padEnd(widest)}  ${mark}`, `${value}\n→ ${follows}`];
    }),
    width,
  );
}

async function machine(): Promise<Examination[]> {
  const here = await readEnvironment(null, libraryVersions());
  const cores = here.cpuLimit ?? here.cpuCount;
  return [
    {
      what: "cores",
      value: `${cores} × ${here.cpuModel}`,
      good: cores >= 3,
      follows:
        cores >= 3
          ? "server, load generator and system each have one"
          : "server and load generator take turns with the system: compare rows of one run, not runs of different machines",
    },
    {
      what: "load average",
      value: here.loadAverage.toFixed(2),
      good: here.loadAverage < here.cpuCount / 4,
      follows: "other work shows in every latency; stop it before measuring",
    },
    {
      what: "CPU governor",
      value: here.governor ?? "not readable",
      good: here.governor === "performance",
      follows:
        "with any other than performance the clock rises and falls during a run; rounds are interleaved for that reason",
    },
    { what: "Node", value: `${here.node}, V8 ${here.v8}`, good: true, follows: "server and client are both this Node" },
  ];
}

async function connections(): Promise<Examination[]> {
  const limit = await openFilesLimit();
  const range = (await readFile("/proc/sys/net/ipv4/ip_local_port_range", "utf8").catch(() => ""))
    .trim()
    .split(/\s+/)
    .map(Number);
  const [low = 0, high = 0] = range;
  const backlog = Number(await readFile("/proc/sys/net/core/somaxconn", "utf8").catch(() => "0"));
  return [
    {
      what: "open files",
      value: limit === null ? "not readable" : limit.toLocaleString("en-US"),
      good: limit === null || limit > 10_300,
      follows:
        limit === null || limit > 10_300
          ? "the ladder's 10,000 connections fit"
          : "the ladder's top rungs are left out; raise it with ulimit -n 20000",
    },
    {
      what: "local ports",
      value: high === 0 ? "not readable" : `${low}–${high} (${(high - low + 1).toLocaleString("en-US")})`,
      good: high - low > 15_000,
      follows: "each connection to one server takes one, and keeps it for a minute after closing",
    },
    {
      what: "listen queue",
      value: backlog === 0 ? "not readable" : backlog.toLocaleString("en-US"),
      good: backlog >= 1024,
      follows: "connections knocking at the same time beyond this wait a second or more (net.core.somaxconn)",
    },
  ];
}

async function ports(): Promise<Examination> {
  const usual = [...new Set(doors.map((door) => door.port))];
  const taken: number[] = [];
  for (const port of usual) if (!(await isFree(port))) taken.push(port);
  return {
    what: "usual ports",
    value: taken.length === 0 ? `${usual.join(", ")} are free` : `taken: ${taken.join(", ")}`,
    good: taken.length === 0,
    follows: "bench serve needs them; bench run lets the system choose ports and does not",
  };
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once("error", () => resolve(false));
    probe.listen(port, "127.0.0.1", () => probe.close(() => resolve(true)));
  });
}
