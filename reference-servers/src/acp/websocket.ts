import { type Frame, readFrame, replyFrame } from "@apb/protocols/acp-frames";
import type { RunOrder } from "@apb/protocols/acp-server";
import type { Agents } from "../agents/agents.ts";
import { connectionBytes } from "../byte-budget.ts";
import { textBytes } from "../held-bytes.ts";
import { type HttpDoor, sendJson } from "../http-listener.ts";
import type { Task } from "../tasks.ts";
import { type FrameConversation, type Outlet, webSocketDoor } from "../websocket-door.ts";
import type { FinishedRun } from "./finished-runs.ts";
import { AcpRefusal, errorText } from "./refusal.ts";
import { AcpService } from "./service.ts";

/** Requests that may be under way on one connection; more are refused. */
const mostUnderWay = 10_000;

/** ACP 0.2.0 on a WebSocket, this project's own binding: @apb/protocols/acp-frames defines it. */
export function acpWebSocket(agents: Agents): HttpDoor {
  const service = new AcpService(agents);
  return webSocketDoor({
    handles: (path) => path === "/ws",
    subprotocol: null,
    refuse: (response, status, message) => sendJson(response, status, errorText(status, message)),
    begin: (outlet) => new Conversation(service, outlet),
    close: () => service.close(),
  });
}

/** A request whose answer takes time. */
interface UnderWay {
  readonly controller: AbortController;
  readonly bytes: number;
}

/** What the server says on one WebSocket, by the rules of @apb/protocols/acp-frames. */
export class Conversation implements FrameConversation {
  private readonly service: AcpService;
  private readonly outlet: Outlet;
  /** Requests whose answer takes time; taking one out of here is what stops it. */
  private readonly underWay = new Map<number, UnderWay>();
  private underWayBytes = 0;

  constructor(service: AcpService, outlet: Outlet) {
    this.service = service;
    this.outlet = outlet;
  }

  /** Takes one text frame. Never throws: what is wrong with it is answered. */
  receive(text: string): void {
    const frame = readFrame(text);
    if (frame === null) this.refuse(null, 422, "expected a JSON object with an id, a whole number from 0 on");
    else if (frame.op === "stop") this.stop(frame.id);
    else if (this.underWay.has(frame.id)) this.refuse(null, 422, `expected an id that is not in use, got ${frame.id}`);
    else this.answer(frame.id, frame);
  }

  /** The connection has ended: what was under way on it is stopped. */
  close(): void {
    for (const id of this.underWay.keys()) this.stop(id);
  }

  private answer(id: number, { op, limit = 10, offset = 0, run_id, request }: Frame): void {
    try {
      if (op === "agents") this.reply(id, "agents", this.service.list(limit, offset));
      else if (op === "run") this.run(id, this.service.order(request));
      else if (op === "get") this.reply(id, "run", this.service.get(runId(run_id)));
      else if (op === "cancel") this.reply(id, "run", this.service.cancel(runId(run_id)));
      else throw new AcpRefusal(422, "expected op to be one of agents, run, get, cancel, stop");
    } catch (error) {
      this.end(id);
      this.fail(id, error);
    }
  }

  private run(id: number, order: RunOrder): void {
    if (order.mode === "sync") {
      const run = this.service.run(order, () => this.begin(id, order).signal);
      if (run instanceof Promise) void this.wait(id, run, this.underWay.get(id)?.controller);
      else this.reply(id, "run", run.json);
    } else if (order.mode === "stream") {
      const controller = this.begin(id, order);
      const task = this.service.start(order);
      controller.signal.addEventListener("abort", () => this.service.abandon(task.id), { once: true });
      void this.stream(id, task, controller);
    } else {
      this.reply(id, "run", this.service.get(this.service.start(order).id));
    }
  }

  private async wait(id: number, run: Promise<FinishedRun>, controller: AbortController | undefined): Promise<void> {
    try {
      const { json } = await run;
      if (this.finish(id, controller)) this.reply(id, "run", json);
    } catch (error) {
      if (this.finish(id, controller)) this.fail(id, error);
    }
  }

  private async stream(id: number, task: Task, controller: AbortController): Promise<void> {
    try {
      for await (const event of this.service.events(task)) {
        if (controller.signal.aborted) return;
        this.reply(id, "event", event);
        await this.outlet.room();
      }
      if (this.finish(id, controller)) this.reply(id, "end", "true");
    } catch (error) {
      if (this.finish(id, controller)) this.fail(id, error);
    }
  }

  private begin(id: number, { text }: RunOrder): AbortController {
    if (this.underWay.size >= mostUnderWay)
      throw new AcpRefusal(503, `${mostUnderWay} requests are under way on this connection`);
    const bytes = textBytes(text);
    if (this.underWayBytes + bytes > connectionBytes)
      throw new AcpRefusal(503, `${this.underWayBytes} bytes of requests are under way on this connection`);
    const controller = new AbortController();
    this.underWay.set(id, { controller, bytes });
    this.underWayBytes += bytes;
    return controller;
  }

  private end(id: number): AbortController | undefined {
    const ending = this.underWay.get(id);
    if (ending === undefined) return undefined;
    this.underWay.delete(id);
    this.underWayBytes -= ending.bytes;
    return ending.controller;
  }

  /** Frees the id; false when the request was stopped, and its id may be another's by now. */
  private finish(id: number, controller: AbortController | undefined): boolean {
    return controller !== undefined && this.underWay.get(id)?.controller === controller && this.end(id) === controller;
  }

  private stop(id: number): void {
    this.end(id)?.abort();
  }

  private reply(id: number, member: "agents" | "run" | "event" | "end", content: string): void {
    this.outlet.send(replyFrame(id, member, content));
  }

  private refuse(id: number | null, status: number, message: string): void {
    this.outlet.send(replyFrame(id, "error", errorText(status, message)));
  }

  private fail(id: number, error: unknown): void {
    if (error instanceof AcpRefusal) {
      this.refuse(id, error.status, error.message);
    } else {
      process.stderr.write(`acp/websocket: ${error instanceof Error ? error.stack : error}\n`);
      this.refuse(id, 500, "internal error");
    }
  }
}

function runId(value: unknown): string {
  if (typeof value === "string") return value;
  throw new AcpRefusal(422, "expected run_id to be a string");
}
