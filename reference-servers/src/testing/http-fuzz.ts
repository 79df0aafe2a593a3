import http from "node:http";
import fc from "fast-check";
import { type FuzzRequest, mutated } from "./http-mutations.ts";

export interface FuzzReply {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  /** The whole body; of an event stream, only what came up to the end of its first event. */
  readonly body: string;
}

export interface FuzzOptions {
  /** Only its host and port are used: the seeds carry the paths. */
  readonly url: string;
  /** Valid requests, each answered with 2xx. No `host` or `content-length` header, and no agent that waits. */
  readonly seeds: readonly FuzzRequest[];
  readonly runs: number;
  /** What the protocol does not allow about a reply, as a sentence; null when all is well. */
  judge(reply: FuzzReply, request: FuzzRequest): string | null;
}

/** No answer within this is a hang. */
const hangMs = 20_000;

/**
 * Sends mutated requests one after another over a kept-alive connection and lets `judge` look at every reply;
 * the seeds go before and after, and must succeed. Throws for a hang, a lost connection, a status of 500 or above and
 * whatever the judge finds, with the smallest request that shows it.
 */
export async function fuzzHttp({ url, seeds, runs, judge }: FuzzOptions): Promise<void> {
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  const check = async (request: FuzzRequest): Promise<number> => {
    const reply = await send(url, agent, request);
    const finding =
      reply.status >= 500 ? "expected no status of 500 or above, whatever comes in" : judge(reply, request);
    if (finding !== null) throw new Error(`${finding}\ngot ${reply.status} ${reply.body.slice(0, 500)}`);
    return reply.status;
  };
  const checkSeeds = async (): Promise<void> => {
    for (const seed of seeds) {
      const status = await check(seed);
      if (status >= 300) throw new Error(`expected a status of 2xx for the seed ${seed.path}, got ${status}`);
    }
  };
  try {
    await checkSeeds();
    await fc.assert(
      fc.asyncProperty(mutated(seeds), async (request) => {
        await check(request);
      }),
      { numRuns: runs },
    );
    await checkSeeds();
  } finally {
    agent.destroy();
  }
}

function send(url: string, agent: http.Agent, { method, path, headers, body }: FuzzRequest): Promise<FuzzReply> {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(url);
    const bytes = Buffer.from(body);
    const fields = { ...headers, "content-length": bytes.length };
    const request = http.request({ agent, hostname, port, method, path, headers: fields });
    const hang = setTimeout(() => request.destroy(new Error(`expected an answer within ${hangMs} ms`)), hangMs);
    const fail = (error: Error): void => {
      clearTimeout(hang);
      reject(error);
    };
    request.on("error", fail);
    request.on("response", (response) => {
      let text = "";
      const done = (): void => {
        clearTimeout(hang);
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text });
      };
      const events = response.headers["content-type"]?.startsWith("text/event-stream") === true;
      response.setEncoding("utf8");
      response.on("data", (chunk: string) => {
        text += chunk;
        if (!events || !/\r?\n\r?\n/.test(text)) return;
        done();
        response.destroy();
      });
      response.on("end", done);
      response.on("error", fail);
    });
    request.end(bytes);
  });
}
