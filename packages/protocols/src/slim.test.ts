import { describe, expect, it } from "vitest";
import {
  groupWelcome,
  joinRequest,
  slimHeader,
  slimLink,
  slimName,
  slimPublish,
  slimSubscribe,
  slimTypeOf,
} from "./slim.ts";
import { askMessage, clientName } from "./slim-agents.ts";

describe("a name", () => {
  // What @agntcy/slim-bindings 2.1.2 puts on the wire for this name.
  it("has the hashes that SLIM's own applications send", () => {
    expect(slimName("apb", "agents", "echo")).toEqual({
      name: {
        component_0: "11157354006978624911",
        component_1: "11132464423329105326",
        component_2: "17161760221226514756",
        nameId: { id_0: "18446744073709551615", id_1: "18446744073709551615" },
      },
      strName: { strComponent_0: "apb", strComponent_1: "agents", strComponent_2: "echo" },
    });
  });

  it("of a client is told from others by its id alone", () => {
    const [one, other] = [clientName(["1", "2"]), clientName(["1", "3"])];
    expect(one.name.nameId).toEqual({ id_0: "1", id_1: "2" });
    expect({ ...other.name, nameId: one.name.nameId }).toEqual(one.name);
  });
});

describe("a message", () => {
  const name = clientName(["1", "2"]);
  const header = new Uint8Array([1, 2, 3]);

  it("is never sent without a time to live", () => {
    expect(slimHeader(name, name).ttl).toBeGreaterThan(0);
    expect(slimSubscribe(name, "1").subscribe?.header.ttl).toBeGreaterThan(0);
  });

  it("opens a link as an application does", () => {
    expect(slimLink("an-id").link?.linkNegotiation).toMatchObject({
      linkId: "an-id",
      isReply: false,
      connectionType: "LINK_CONNECTION_TYPE_EDGE",
    });
  });

  it("of a session says which, who and what", () => {
    const message = slimPublish({ sessionId: 7, header }, "MSG_ACK", 3, {});
    expect(message.publish).toEqual({
      header,
      session: {
        sessionType: "SESSION_TYPE_POINT_TO_POINT",
        sessionMessageType: "SESSION_MESSAGE_TYPE_MSG_ACK",
        sessionId: 7,
        messageId: 3,
      },
      msg: {},
    });
    expect(message.publish && slimTypeOf(message.publish)).toBe("MSG_ACK");
  });

  it.each([
    [null, {}],
    [{ timeout: 1000, maxRetries: 5 }, { timerSettings: { timeout: 1000, maxRetries: 5 } }],
  ])("that opens a session with timers %j asks for as much reliability", (timers, asked) => {
    expect(joinRequest(timers).commandPayload?.joinRequest).toEqual(asked);
  });

  it("that welcomes lets both ends send and receive", () => {
    const settings = { sendsData: true, receivesData: true };
    expect(groupWelcome([name]).commandPayload?.groupWelcome?.participants).toEqual([{ name, settings }]);
  });

  it("to an agent names the agent and the call, and is UTF-8", () => {
    expect(askMessage("ask", 5, "echo", "é")).toEqual({
      payloadType: "ask",
      metadata: { call: "5", agent: "echo" },
      blob: new Uint8Array([0xc3, 0xa9]),
    });
  });
});
