import fc from "fast-check";
import { type FuzzCall, type GrpcSeed, mutatedCalls } from "./grpc-mutations.ts";
import { framed, grpcHeaders, openSession, type ProbeReply, probe } from "./grpc-probe.ts";

/** Whom to send what, and how often. */
export interface GrpcFuzzOptions {
  readonly url: string;
  /** Calls that end with OK, of agents that do not wait. */
  readonly seeds: readonly GrpcSeed[];
  readonly runs: number;
}

/**
 * Sends mutated calls one after another over one connection; every one must be answered with a gRPC status other than
 * that of a defect, or with HTTP 4xx. The seeds go before and after, and must succeed. Throws with the smallest call that
 * shows what is wrong.
 */
export async function fuzzGrpc({ url, seeds, runs }: GrpcFuzzOptions): Promise<void> {
  const session = await openSession(url);
  const check = async ({ headers, pieces }: FuzzCall): Promise<ProbeReply> => {
    const reply = await probe(session, headers, pieces);
    const finding = findingIn(reply);
    if (finding !== null) throw new Error(`${finding}; got ${JSON.stringify(reply)}`);
    return reply;
  };
  const checkSeeds = async (): Promise<void> => {
    for (const { path, message, metadata } of seeds) {
      const { grpcStatus } = await check({ headers: grpcHeaders(path, metadata), pieces: [framed(message)] });
      if (grpcStatus !== 0) throw new Error(`expected ${path} to end with OK, got ${grpcStatus}`);
    }
  };
  try {
    await checkSeeds();
    await fc.assert(
      fc.asyncProperty(mutatedCalls(seeds), async (call) => {
        await check(call);
      }),
      { numRuns: runs },
    );
    await checkSeeds();
  } finally {
    session.destroy();
  }
}

function findingIn({ httpStatus, grpcStatus, resetCode }: ProbeReply): string | null {
  if (resetCode !== 0) return "expected the stream to end without an error";
  if (httpStatus >= 400 && httpStatus < 500) return null;
  if (httpStatus !== 200) return "expected HTTP 200 or 4xx";
  if (grpcStatus === null || !Number.isInteger(grpcStatus) || grpcStatus > 16) return "expected a gRPC status";
  // UNKNOWN is what a method's own defect is answered with.
  return grpcStatus === 2 ? "expected no defect" : null;
}
