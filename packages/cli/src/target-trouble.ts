import { Failure, type FailureKind } from "@apb/core/failure";
import { maskedUrl } from "@apb/core/url";
import { GrpcStatus } from "@apb/wire/grpc-status";
import { connectHttp } from "@apb/wire/http";
import { HttpRefusal } from "@apb/wire/http-refusal";
import { bindings, findBinding } from "./catalog.ts";
import { knock } from "./knock.ts";

/** What was tried: a binding at a URL, and how long an answer was waited for. */
export interface Probed {
  readonly binding: string;
  readonly url: string;
  readonly answerMs: number;
}

/** gRPC's PERMISSION_DENIED and UNAUTHENTICATED. */
const refusingCodes: readonly number[] = [7, 16];

/** Whether a failure says that the server does not let us in. */
export function refusesUs(failure: Failure): boolean {
  return failure instanceof HttpRefusal || (failure instanceof GrpcStatus && refusingCodes.includes(failure.code));
}

/** The failure of a server that wants authorization, as one sentence. */
export function unauthorized({ url }: Probed, failure: Failure): Failure {
  const shown = maskedUrl(url);
  const other = shown === url ? "wants authorization" : "does not take the credentials in its URL";
  return told("rejected", shown, `${other} (${failure.sentence})`, advice.authorization, failure);
}

/** Why no connection, or no session, could be opened, as one sentence. `signal` bounds the second look that it takes. */
export async function unreached(target: Probed, failure: Failure, signal: AbortSignal): Promise<Failure> {
  const { binding, url, answerMs } = target;
  const { kind, sentence } = failure;
  const shown = maskedUrl(url);
  if (refusesUs(failure)) return unauthorized(target, failure);
  if (kind === "timeout")
    return told(kind, shown, `gave no answer within ${answerMs / 1000} s`, advice.silence, failure);
  if (!ambiguous.includes(kind)) return failure;
  const tls = await tlsTrouble(target, failure, signal);
  if (tls !== null) return tls;
  if (kind === "refused") return told(kind, shown, `cannot be reached (${sentence})`, advice.address, failure);
  return told(kind, shown, `does not speak ${binding} (${sentence})`, advice.binding, failure);
}

/** Why a session had no answer, as one sentence; null where it had one, of whatever kind. */
export async function unanswered(target: Probed, failure: Failure, signal: AbortSignal): Promise<Failure | null> {
  const { kind, sentence } = failure;
  if (refusesUs(failure) || kind === "timeout") return unreached(target, failure, signal);
  const tls = ambiguous.includes(kind) ? await tlsTrouble(target, failure, signal) : null;
  if (tls !== null) return tls;
  if (kind !== "refused" && kind !== "closed") return null;
  return told(
    "refused",
    maskedUrl(target.url),
    `ended the connection without an answer (${sentence})`,
    advice.silence,
    failure,
  );
}

/** The failure of a server that answers, but not as the binding has it, as one sentence. */
export function unlike({ binding, url }: Probed, failure: Failure): Failure {
  const { kind, sentence } = failure;
  const short = sentence.length > 200 ? `${sentence.slice(0, 200)}…` : sentence;
  const { protocol, transport } = findBinding(binding) ?? {};
  const others = bindings.filter(
    (one) => one.protocol === protocol && one.transport === transport && one.id !== binding,
  );
  const todo =
    others.length === 0 ? advice.binding : `${advice.binding}, like ${others.map(({ id }) => id).join(" or ")}`;
  return told(kind, maskedUrl(url), `does not answer as ${binding} does (${short})`, todo, failure);
}

/** Failures that a server may be the cause of which speaks TLS where plain was asked, or the reverse. */
const ambiguous: readonly FailureKind[] = ["refused", "closed", "protocol", "rejected"];

async function tlsTrouble({ url }: Probed, failure: Failure, signal: AbortSignal): Promise<Failure | null> {
  const target = new URL(url);
  const shown = maskedUrl(url);
  const door = await knock(target, signal);
  if (target.protocol === "https:" || target.protocol === "wss:") {
    const plain = shown.replace(/^(http|ws)s/i, "$1");
    if (door === "plain") return told("protocol", shown, "speaks no TLS", `ask it by ${plain}`, failure);
    const untrusted = door === "untrusted" && process.env.NODE_TLS_REJECT_UNAUTHORIZED !== "0";
    if (!untrusted || failure.kind === "rejected") return null;
    return told("refused", shown, "has a certificate that is not trusted here", advice.trust, failure);
  }
  if ((door !== "tls" && door !== "untrusted") || (await answersPlainly(target, signal))) return null;
  return told("protocol", shown, "speaks TLS", `ask it by ${shown.replace(/^(http|ws)/i, "$1s")}`, failure);
}

/** Some ports take both; and who speaks TLS alone may say so with a 400 in plain HTTP. */
async function answersPlainly(url: URL, signal: AbortSignal): Promise<boolean> {
  try {
    await using http = await connectHttp(url, "wire", signal);
    const { status } = await http.request({ method: "GET", path: url.pathname, headers: {}, body: null }, signal);
    return status !== 400;
  } catch {
    return false;
  }
}

const advice = {
  authorization:
    "add --header 'Authorization: Bearer …' or --env-header, or put a user and password into the URL, as in http://user:password@host/, or its token into the query",
  silence: "is it well, and is this its address?",
  address: "start it, or correct --target",
  binding: "correct --target, or name another --binding",
  trust: "name its authority's file in NODE_EXTRA_CA_CERTS",
} as const;

function told(kind: FailureKind, where: string, what: string, todo: string, cause: Failure): Failure {
  return new Failure(kind, `--target ${where} ${what}; ${todo}`, { cause });
}
