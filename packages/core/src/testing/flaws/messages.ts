import type { Binding, Session, Unary } from "../../binding.ts";
import { emptyMessage, type Flaw, failing, flawed, replying, thrown, workingTask } from "./flaw.ts";

const emptyBody = "echoes an empty body byte for byte";
const unicode = "echoes Unicode beyond the basic plane byte for byte";
const quotes = "echoes quotes, backslashes and line ends byte for byte";
const controls = "echoes control characters byte for byte";
const large = "echoes a body of 1 MiB byte for byte";

const usingEcho = [
  "echoes a plain body byte for byte",
  emptyBody,
  unicode,
  quotes,
  controls,
  large,
  "keeps interleaved calls apart",
  "reports an unknown agent",
  "reports an agent's own failure",
  "streams in order and ends",
  "lets go of a stream that its reader leaves",
  "refuses a call that was aborted before it began",
  "ends a call that is aborted, and only that one",
  "ends a stream that is aborted, and only that one",
  "counts its own bytes on the wire",
];

/** What can be wrong with one request and its reply. */
export const messageFlaws: readonly Flaw[] = [
  { flaw: "echoes with a space more", binding: echoing((body) => `${body} `), fails: usingEcho },
  {
    flaw: "answers a message with a task",
    binding: replying((reply) =>
      reply.kind === "message" ? { ...workingTask, state: "completed", body: reply.body } : reply,
    ),
    fails: usingEcho,
  },
  { flaw: "takes an empty body for none", binding: echoing((body) => body || "null"), fails: [emptyBody] },
  { flaw: "drops a byte-order mark", binding: echoing((body) => body.replace(/^\ufeff/, "")), fails: [unicode] },
  { flaw: "normalises Unicode", binding: echoing((body) => body.normalize("NFC")), fails: [unicode] },
  { flaw: "replaces emoji", binding: echoing((body) => body.replaceAll("🤖", "?")), fails: [unicode, large] },
  { flaw: "normalises line ends", binding: echoing((body) => body.replace(/\r\n/g, "\n")), fails: [quotes] },
  { flaw: "drops the last line end", binding: echoing((body) => body.replace(/\n$/, "")), fails: [quotes] },
  { flaw: "unescapes entities", binding: echoing((body) => body.replace("&amp;", "&")), fails: [quotes] },
  { flaw: "ends bodies at a NUL", binding: echoing((body) => body.split("\0")[0] ?? ""), fails: [controls] },
  { flaw: "cuts bodies at 64 KiB", binding: echoing((body) => body.slice(0, 65_536)), fails: [large] },
  { flaw: "decodes every piece of 64 KiB by itself", binding: echoing(decodedInPieces), fails: [large] },
  {
    flaw: "crosses the replies of simultaneous calls",
    binding: flawed(crossed),
    fails: ["keeps interleaved calls apart"],
  },
  {
    flaw: "forgets echo in its list",
    binding: replying((reply) => (reply.kind === "agents" ? { kind: "agents", agents: ["tokens"] } : reply)),
    fails: ["lists its agents"],
  },
  {
    flaw: "answers for an unknown agent",
    binding: failing("unknown-agent", () => emptyMessage),
    fails: ["reports an unknown agent"],
  },
  {
    flaw: "reports an unknown agent as a refusal",
    binding: failing("unknown-agent", () => thrown("rejected")),
    fails: ["reports an unknown agent"],
  },
  {
    flaw: "answers for a failed agent",
    binding: failing("agent", () => emptyMessage),
    fails: ["reports an agent's own failure"],
  },
  {
    flaw: "reports a failed agent as a defect",
    binding: failing("agent", () => thrown("internal")),
    fails: ["reports an agent's own failure"],
  },
];

/** The fake with texts that come back from `echo` changed. */
function echoing(change: (body: string) => string): Binding {
  return replying((reply) => (reply.kind === "message" ? { ...reply, body: change(reply.body) } : reply));
}

/** Simultaneous calls of `echo` all get the answer to the last of them. */
function crossed(session: Session): Partial<Session> {
  let last: Unary;
  return {
    async call(operation, signal) {
      if (operation.kind !== "send" || operation.agent !== "echo") return session.call(operation, signal);
      last = operation;
      await Promise.resolve();
      return session.call(last, signal);
    },
  };
}

function decodedInPieces(body: string): string {
  const bytes = Buffer.from(body);
  let text = "";
  for (let at = 0; at < bytes.length; at += 65_537) text += bytes.toString("utf8", at, at + 65_537);
  return text;
}
