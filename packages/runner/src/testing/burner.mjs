import { fork, spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";

// A process that uses CPU time when told to, and answers how much it and those below it have used by their own count.

const file = fileURLToPath(import.meta.url);
const burnMs = 300;

function usedMs() {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

function burn() {
  const untilMs = usedMs() + burnMs;
  while (usedMs() < untilMs);
}

/** A process below this one that lives on, once there is one. */
let below;
/** What processes below this one that ended had used. */
let endedMs = 0;

function askBelow(order) {
  return new Promise((resolve) => {
    below.once("message", resolve);
    below.send(order);
  });
}

const orders = {
  tell: () => undefined,
  burn,
  async thread() {
    const thread = new Worker(file, { argv: ["once"], stdout: true });
    await new Promise((resolve) => thread.once("exit", resolve));
  },
  adopt() {
    below = fork(file);
  },
  below: () => askBelow("burn"),
  errand() {
    endedMs += Number(spawnSync(process.execPath, [file, "once"]).stdout);
  },
};

if (process.argv[2] === "once") {
  burn();
  process.stdout.write(String(usedMs()));
} else {
  process.on("disconnect", () => process.exit());
  process.on("message", async (order) => {
    await orders[order]();
    process.send(usedMs() + endedMs + (below === undefined ? 0 : await askBelow("tell")));
  });
}
