import type { Reply, Session, Unary } from "@apb/core/binding";
import type { Step } from "@apb/core/scenario";
import { describe, expect, it } from "vitest";
import { expectBody, textOf } from "./bodies.ts";
import { profiles } from "./profiles.ts";
import { scenarios } from "./scenarios.ts";
import { expectedReview, workflow } from "./workflow.ts";

const smoke = profiles.smoke as NonNullable<typeof profiles.smoke>;
const step: Step = (_name, work) => work(new AbortController().signal);

/** A session that answers by a function and remembers what it was asked. */
function session(answer: (operation: Unary) => string, asked: Unary[] = []): Session {
  return {
    call: async (operation): Promise<Reply> => {
      asked.push(operation);
      return { kind: "message", body: answer(operation) };
    },
    stream: () => {
      throw new Error("not asked for");
    },
    wire: { sentBytes: 0, receivedBytes: 0, connections: 1 },
    [Symbol.asyncDispose]: async () => undefined,
  };
}

const echoing = (operation: Unary): string => ("body" in operation ? operation.body : "");

function working(operation: Unary): string {
  if (operation.kind !== "send") throw new Error(`unexpected ${operation.kind}`);
  const { agent, body } = operation;
  if (agent === "planner")
    return ["background", "evidence", "risks"].map((aspect) => `${aspect} of ${body}`).join("\n");
  if (agent === "researcher") return `finding(${body})`;
  if (agent === "writer") return `draft[${body.split("\n").join("; ")}]`;
  return `approved: ${body}`;
}

describe("every scenario", () => {
  it("has a name of its own and at least one case in every profile", () => {
    expect(new Set(scenarios.map(({ name }) => name)).size).toBe(scenarios.length);
    for (const profile of Object.values(profiles)) {
      for (const scenario of scenarios) expect(scenario.cases(profile).length).toBeGreaterThan(0);
    }
  });

  it("refuses a wrong reply", async () => {
    for (const scenario of scenarios) {
      const wrong = session(() => "something else\nand\nmore");
      const verify = await scenario.cases(smoke)[0]?.iterate({ session: wrong, sessions: [wrong], iteration: 1 }, step);
      expect(verify, scenario.name).toThrow(/\[mismatch\]/);
    }
  });
});

describe.each(scenarios.filter(({ name }) => name !== "workflow"))("$name", (scenario) => {
  it("accepts the echo of what it sent and counts its bytes", async () => {
    for (const one of scenario.cases(smoke)) {
      const asked: Unary[] = [];
      const user = session(echoing, asked);
      (await one.iterate({ session: user, sessions: [user], iteration: 1 }, step))();
      expect(asked).toHaveLength(one.operations);
      expect(2 * Buffer.byteLength(echoing(asked[0] as Unary))).toBe(one.bodyBytes);
    }
  });
});

describe("workflow", () => {
  const one = workflow.cases(smoke)[0] as NonNullable<ReturnType<typeof workflow.cases>[0]>;

  it("asks six agents in order, the researchers each on a session of its own", async () => {
    const asked: Unary[][] = [[], [], []];
    const sessions = asked.map((list) => session(working, list));
    const verify = await one.iterate({ session: sessions[0] as Session, sessions, iteration: 42 }, step);
    verify();
    const agents = asked.map((list) => list.map((operation) => (operation.kind === "send" ? operation.agent : "")));
    expect(agents).toEqual([["planner", "researcher", "writer", "reviewer"], ["researcher"], ["researcher"]]);
  });

  it("counts exactly the bytes of body that cross, both ways", async () => {
    let bytes = 0;
    const counting = session((operation) => {
      const answer = working(operation);
      bytes += Buffer.byteLength(answer) + ("body" in operation ? Buffer.byteLength(operation.body) : 0);
      return answer;
    });
    await one.iterate({ session: counting, sessions: [counting], iteration: 999_999 }, step);
    expect(bytes).toBe(one.bodyBytes);
  });

  it("asks the three researchers at the same time", async () => {
    let open = 0;
    let most = 0;
    const slow = session(working);
    const parallel: Session = {
      ...slow,
      call: async (operation, signal) => {
        most = Math.max(most, ++open);
        await Promise.resolve();
        open--;
        return slow.call(operation, signal);
      },
    };
    await one.iterate({ session: parallel, sessions: [parallel], iteration: 1 }, step);
    expect(most).toBe(3);
  });

  it("notices a reply that belongs to another topic", async () => {
    const crossed = session((operation) => working(operation).replace("topic 000007", "topic 000008"));
    const verify = await one.iterate({ session: crossed, sessions: [crossed], iteration: 7 }, step);
    expect(verify).toThrow(/\[mismatch\]/);
    expect(expectedReview("topic 000007")).toContain("risks of topic 000007");
  });
});

describe("textOf", () => {
  it.each([0, 1, 64, 65, 1024, 102_400])("makes %d bytes", (size) => {
    expect(Buffer.byteLength(textOf(size))).toBe(size);
  });

  it("is checked byte for byte", () => {
    expect(() => expectBody({ kind: "message", body: textOf(1024) }, `${textOf(1023)}?`)).toThrow(/\[mismatch\]/);
  });
});
