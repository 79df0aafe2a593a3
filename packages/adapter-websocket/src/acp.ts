import { type Binding, operationKinds, type Reply, type Unary } from "@apb/core/binding";
import type { Body } from "@apb/core/body";
import { Failure } from "@apb/core/failure";
import { binding } from "@apb/core/offer";
import { succeeded } from "@apb/core/problem";
import { runCreateText } from "@apb/protocols/acp";
import { readAgents, readAnswer, readError, readItem, readTask } from "@apb/protocols/acp-client";
import { type Frame, isLast, readFrame, requestFrame, runFrame } from "@apb/protocols/acp-frames";
import type { Arriving } from "@apb/wire/arriving";
import { type Framing, Multiplex, type Request } from "@apb/wire/multiplex";
import { connectWebSocket } from "@apb/wire/websocket";

/** ACP's objects on a WebSocket, as @apb/protocols/acp-frames defines it. */
export const acpWebSocket: Binding = binding({
  protocol: "acp",
  transport: "websocket",
  variant: null,
  spec: {
    name: "ACP (BeeAI), on WebSocket",
    version: "0.2.0",
    url: "https://agentcommunicationprotocol.dev",
    standing: "custom",
  },
  can: operationKinds,
  cannot: {},
  async connect(url, { client, signal, maxReplyBytes, headers }) {
    const frames = await Multiplex.open(
      (events) => connectWebSocket(new URL(url), null, events, client, signal, maxReplyBytes, headers),
      framing,
      maxReplyBytes,
    );
    return {
      wire: frames.wire,
      call(operation, callSignal) {
        return call(frames, operation, callSignal);
      },
      stream({ agent, body }, callSignal) {
        const request = runCreateText(agent, body, "stream");
        return messages(frames.stream((id) => runFrame(id, request), callSignal));
      },
      [Symbol.asyncDispose]() {
        return frames[Symbol.asyncDispose]();
      },
    };
  },
});

const framing: Framing<Frame> = {
  read(data) {
    const frame = typeof data === "string" ? readFrame(data) : null;
    if (frame !== null) return { id: frame.id, frame, last: isLast(frame) };
    throw new Failure("protocol", `expected a frame with an id, got ${String(data).slice(0, 200)}`);
  },
  stop: (id) => requestFrame({ id, op: "stop" }),
  sizeOf: ({ length }) => length,
};

function call(frames: Multiplex<Frame>, operation: Unary, signal: AbortSignal): Promise<Reply> {
  switch (operation.kind) {
    case "discover":
      return frames.call((id) => requestFrame({ id, op: "agents", limit: 1000 }), signal).then(agentsIn);
    case "send":
      return run(frames, operation, "sync", signal).then(answerIn);
    case "start":
      return run(frames, operation, "async", signal).then((frame) => taskIn(frame, "agent"));
    case "poll":
    case "cancel": {
      const op = operation.kind === "poll" ? "get" : "cancel";
      const request: Request = (id) => requestFrame({ id, op, run_id: operation.handle });
      return frames.call(request, signal).then((frame) => taskIn(frame, "run"));
    }
  }
}

/** A function of its own, so that whoever waits for the answer does not hold the text of the request. */
function run(
  frames: Multiplex<Frame>,
  { agent, body }: { readonly agent: string; readonly body: Body },
  mode: "sync" | "async",
  signal: AbortSignal,
): Promise<Frame> {
  const request = runCreateText(agent, body, mode);
  return frames.call((id) => runFrame(id, request), signal);
}

function agentsIn(frame: Frame): Reply {
  return succeeded("error" in frame ? readError(frame.error, "run") : readAgents(frame));
}

function answerIn(frame: Frame): Reply {
  return succeeded("error" in frame ? readError(frame.error, "agent") : readAnswer(frame.run));
}

function taskIn(frame: Frame, about: "agent" | "run"): Reply {
  return succeeded("error" in frame ? readError(frame.error, about) : readTask(frame.run));
}

/** The parts of the messages in a stream's frames, in order. */
async function* messages(frames: Arriving<Frame>): AsyncIterable<Reply> {
  let ended = false;
  let silent = 0;
  for await (const frame of frames) {
    if (frame.end === true) break;
    const item = succeeded("error" in frame ? readError(frame.error, "agent") : readItem(frame.event));
    ended ||= item.ended;
    if (item.body === null) silent++;
    else yield { kind: "message", body: item.body, atMs: frames.arrivedMs };
  }
  if (!ended) throw new Failure("protocol", "expected run.completed before the end of the stream");
  return { atMs: frames.arrivedMs, silent };
}
