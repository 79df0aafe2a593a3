import { appendHistory } from "../history-store.ts";
import { samplePoint } from "./sample-history.ts";

/** A process of a test's own: adds so many nights of so many points to a history, one after the other, under its name. */
const [folder = "", run = "", nights = "0", points = "0"] = process.argv.slice(2);

for (let n = 0; n < Number(nights); n++) {
  await appendHistory(
    folder,
    Array.from({ length: Number(points) }, (_, value) => samplePoint(n, { run, value })),
  );
  if (n === 0) process.stdout.write("begun\n");
}
