import type { Server } from "node:http";
import net, { type AddressInfo } from "node:net";
import { setImmediate as turn } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { bodyLimitBytes } from "./http-body.ts";
import { departure, type HttpDoor, httpListener, mediaType, parseJson, sendJson } from "./http-listener.ts";

/** What happened inside the doors, in order. */
let events: string[] = [];
const errors = vi.spyOn(process.stderr, "write").mockReturnValue(true);

const door: HttpDoor = {
  handles: (path) => path.startsWith("/door/"),
  async answer({ request, response, path, query, body }) {
    events.push(`${request.method} ${path}`);
    if (path === "/door/throw") throw new Error("broken");
    if (path === "/door/half") {
      response.write("half");
      throw new Error("broken half-way");
    }
    if (path === "/door/wait") {
      departure(response).addEventListener("abort", () => events.push("left"));
      return;
    }
    if (path === "/door/slow") for (let n = 0; n < 20; n++) await turn();
    sendJson(response, 200, JSON.stringify({ path, query, size: body.length }));
  },
  refuse: (response, status, message) => sendJson(response, status, JSON.stringify({ message })),
};
const synchronous: HttpDoor = {
  handles: (path) => path === "/sync",
  answer() {
    throw new Error("broken at once");
  },
  refuse: door.refuse,
};
const upgrading: HttpDoor = {
  ...door,
  handles: (path) => path === "/ws",
  upgrade: (_request, socket) => socket.end("HTTP/1.1 101 Switching Protocols\r\n\r\n"),
};

const servers: Server[] = [];
async function open(doors: readonly HttpDoor[], anyHost = false): Promise<number> {
  const server = httpListener(doors, { anyHost });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return (server.address() as AddressInfo).port;
}

let port: number;
beforeAll(async () => {
  port = await open([door, synchronous]);
});
afterEach(() => {
  events = [];
  errors.mockClear();
});
afterAll(() => {
  for (const server of servers) {
    server.close();
    server.closeAllConnections();
  }
});

function connect(to = port): net.Socket {
  return net.connect(to, "127.0.0.1").setEncoding("utf8");
}

/** Everything the server sends until it hangs up. */
function conversation(text: string, to = port): Promise<string> {
  return new Promise((resolve, reject) => {
    let got = "";
    connect(to)
      .on("data", (chunk: string) => {
        got += chunk;
      })
      .on("error", reject)
      .on("close", () => resolve(got))
      .write(text);
  });
}

/** What arrives on a socket up to a text. */
function until(socket: net.Socket, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let got = "";
    const data = (chunk: string): void => {
      got += chunk;
      if (!got.includes(text)) return;
      socket.off("data", data);
      resolve(got);
    };
    socket.on("data", data).once("error", reject);
  });
}

const last = "Host: localhost\r\nConnection: close\r\n";
const statusOf = (reply: string): number => Number(reply.slice(9, 12));

describe("requests", () => {
  it("reach the first door that takes their path, without the query", async () => {
    const reply = await conversation(`GET /door/a?b=1?2 HTTP/1.1\r\n${last}\r\n`);
    expect(reply).toContain('{"path":"/door/a","query":"b=1?2","size":0}');
  });

  it("for no door are answered with 404", async () => {
    expect(await conversation(`GET /none HTTP/1.1\r\n${last}\r\n`)).toMatch(
      /^HTTP\/1.1 404 .*nothing is served at \/none$/s,
    );
  });

  it("may come all at once, and are answered in order", async () => {
    const post = (path: string, more: string): string => `POST ${path} HTTP/1.1\r\n${more}Content-Length: 2\r\n\r\nhi`;
    const reply = await conversation(post("/door/slow", "Host: localhost\r\n").repeat(3) + post("/door/b", last));
    expect(reply.match(/\/door\/\w+/g)).toEqual(["/door/slow", "/door/slow", "/door/slow", "/door/b"]);
  });

  it("may ask before they send a body", async () => {
    const socket = connect();
    socket.write(`POST /door/a HTTP/1.1\r\n${last}Content-Length: 2\r\nExpect: 100-continue\r\n\r\n`);
    await until(socket, "100 Continue\r\n\r\n");
    socket.write("hi");
    expect(await until(socket, "}")).toContain('"size":2');
  });

  it("for headers only get the headers", async () => {
    const reply = await conversation(`HEAD /door/a HTTP/1.1\r\n${last}\r\n`);
    expect(reply).toMatch(/^HTTP\/1.1 200 .*content-length: 38\r\n.*\r\n\r\n$/s);
  });

  it("may offer an upgrade that nobody takes", async () => {
    const offer = `GET /door/a HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade, HTTP2-Settings, close\r\nUpgrade: h2c\r\n\r\n`;
    expect(statusOf(await conversation(offer))).toBe(200);
  });

  it("may follow each other on one connection", async () => {
    const socket = connect();
    for (let n = 0; n < 100; n++) {
      socket.write(`GET /door/${n} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
      await until(socket, `"/door/${n}"`);
    }
    socket.destroy();
  });
});

describe("local hosts and origins", () => {
  it.each<[string, number]>([
    ["Host: localhost:3000", 200],
    ["Host: LocalHost", 200],
    ["Host: 127.0.0.1", 200],
    ["Host: [::1]:3000", 200],
    ["Host: [::1]", 200],
    ["Host: localhost\r\nOrigin: http://localhost:8080", 200],
    ["Host: localhost\r\nOrigin: http://[::1]:8080", 200],
    ["Host: example.com", 403],
    ["Host: localhost.example.com:80", 403],
    ["Host: ", 403],
    ["Host: localhost:x@evil.com", 403],
    ["Host: localhost:80:80", 403],
    ["Host: evil.com@localhost", 403],
    ["Host: localhost\r\nHost: localhost", 400],
    ["Host: localhost\r\nX: y\r\nhOST: example.com", 400],
    ["Host: localhost\r\nOrigin: https://example.com", 403],
    ["Host: localhost\r\nOrigin: null", 403],
    ["Host: localhost\r\nOrigin: http://localhost.example.com", 403],
    ["X-No: host", 400],
  ])("%j: %d", async (headers, status) => {
    const reply = await conversation(`GET /door/a HTTP/1.1\r\n${headers}\r\nConnection: close\r\n\r\n`);
    expect(statusOf(reply)).toBe(status);
  });

  it("are not asked of a server that is open to all", async () => {
    const open_ = await open([door], true);
    const request =
      "GET /door/a HTTP/1.1\r\nHost: example.com\r\nOrigin: https://example.com\r\nConnection: close\r\n\r\n";
    expect(statusOf(await conversation(request, open_))).toBe(200);
    expect(statusOf(await conversation(request.replace("Origin", "Host"), open_))).toBe(400);
  });
});

describe("bodies above the limit", () => {
  const refused = "the body is larger than";

  it("are refused before they come, when their length is told", async () => {
    const socket = connect();
    socket.write(`POST /door/a HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${bodyLimitBytes + 1}\r\n\r\n`);
    expect(statusOf(await until(socket, refused))).toBe(413);
    socket.write("x".repeat(bodyLimitBytes + 1));
    socket.write(`GET /door/next HTTP/1.1\r\n${last}\r\n`);
    await until(socket, '"/door/next"');
  });

  it("are refused on the way, when it is not", async () => {
    const socket = connect();
    const chunk = `10000\r\n${"x".repeat(65_536)}\r\n`;
    socket.write("POST /door/a HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n");
    socket.write(chunk.repeat(65));
    expect(statusOf(await until(socket, refused))).toBe(413);
    socket.write(`${chunk.repeat(20)}0\r\n\r\nGET /door/next HTTP/1.1\r\n${last}\r\n`);
    await until(socket, '"/door/next"');
    expect(events).toEqual(["GET /door/next"]);
  });

  it.each([
    ["Content-Length: 100000000", "x"],
    ["Transfer-Encoding: chunked", `400001\r\n${"x".repeat(bodyLimitBytes + 1)}\r\n`],
  ])("end the connection of a client that does not come to an end: %s", async (header, begun) => {
    const socket = connect();
    const gone = new Promise((resolve) => socket.on("close", resolve));
    socket.on("error", () => undefined);
    socket.write(`POST /door/a HTTP/1.1\r\nHost: localhost\r\n${header}\r\n\r\n${begun}`);
    expect(statusOf(await until(socket, refused))).toBe(413);
    await gone;
  });

  it("begin one byte above it", async () => {
    const request = `POST /door/a HTTP/1.1\r\n${last}Content-Length: ${bodyLimitBytes}\r\n\r\n`;
    expect(await conversation(request + "x".repeat(bodyLimitBytes))).toContain(`"size":${bodyLimitBytes}`);
  });
});

describe("what is no HTTP", () => {
  it.each<[string, string, number]>([
    ["another protocol", "\x16\x03\x01\x02\x00\x01\x00\r\n\r\n", 400],
    ["a header without a name", `GET /door/a HTTP/1.1\r\n${last}: x\r\n\r\n`, 400],
    ["a length that is no number", `POST /door/a HTTP/1.1\r\n${last}Content-Length: x\r\n\r\n`, 400],
    [
      "two lengths",
      `POST /door/a HTTP/1.1\r\n${last}Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
      400,
    ],
    ["headers of more than 16 KiB", `GET /door/a HTTP/1.1\r\n${last}X: ${"x".repeat(17_000)}\r\n\r\n`, 431],
  ])("%s", async (_title, text, status) => {
    expect(statusOf(await conversation(text))).toBe(status);
    expect(events).toEqual([]);
  });
});

it("lets requests of 16 MiB wait on one connection, and refuses what follows before a door sees it", async () => {
  const refuse: HttpDoor["refuse"] = (response, status, message) => {
    events.push(`refused ${status}`);
    door.refuse(response, status, message);
  };
  const to = await open([{ ...door, refuse }]);
  const socket = connect(to);
  const body = "x".repeat(3_000_000);
  const post = `POST /door/wait HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
  socket.write(post.repeat(8));
  await vi.waitFor(() => expect(events).toHaveLength(8), 10_000);
  expect(events).toEqual([...Array(5).fill("POST /door/wait"), ...Array(3).fill("refused 503")]);
  const other = connect(to);
  other.write(`POST /door/slow HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
  await until(other, '"size":3000000');
  socket.destroy();
  other.destroy();
  await vi.waitFor(() => expect(events.filter((event) => event === "left")).toHaveLength(1));
});

describe("clients that leave", () => {
  it("in the middle of a body cause nothing", async () => {
    const socket = connect();
    socket.write("POST /door/a HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\nhalf", () =>
      socket.resetAndDestroy(),
    );
    await new Promise((resolve) => socket.on("close", resolve));
    await conversation(`GET /door/b HTTP/1.1\r\n${last}\r\n`);
    expect(events).toEqual(["GET /door/b"]);
  });

  it("before their answer are noticed", async () => {
    const socket = connect();
    socket.write("GET /door/wait HTTP/1.1\r\nHost: localhost\r\n\r\n");
    await vi.waitFor(() => expect(events).toEqual(["GET /door/wait"]));
    socket.destroy();
    await vi.waitFor(() => expect(events).toContain("left"));
  });
});

describe("doors that break", () => {
  it.each(["/door/throw", "/sync"])("%s: 500 in the door's own shape, and a line on stderr", async (path) => {
    const reply = await conversation(`GET ${path} HTTP/1.1\r\n${last}\r\n`);
    expect(reply).toMatch(/^HTTP\/1.1 500 .*\{"message":"internal error"\}$/s);
    expect(errors).toHaveBeenCalledOnce();
  });

  it("in the middle of an answer cut it off", async () => {
    const reply = await conversation(`GET /door/half HTTP/1.1\r\n${last}\r\n`);
    expect(reply.endsWith("0\r\n\r\n")).toBe(false);
    expect(errors).toHaveBeenCalledOnce();
  });
});

describe("upgrades", () => {
  const upgrade = (path: string, host = "localhost"): string =>
    `GET ${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n`;

  it.each<[string, string, number]>([
    ["go to the door that takes them", upgrade("/ws"), 101],
    ["are refused elsewhere", upgrade("/door/a"), 400],
    ["are refused to foreign hosts", upgrade("/ws", "example.com"), 403],
    ["are refused to two hosts", upgrade("/ws", "localhost\r\nHost: localhost"), 400],
  ])("%s", async (_title, request, status) => {
    const to = await open([door, upgrading]);
    expect(statusOf(await conversation(request, to))).toBe(status);
  });

  it("survive a client that resets the connection", async () => {
    const to = await open([door, upgrading]);
    const socket = connect(to);
    socket.write(upgrade("/door/a"), () => socket.resetAndDestroy());
    await new Promise((resolve) => socket.on("close", resolve));
    expect(statusOf(await conversation(upgrade("/ws"), to))).toBe(101);
  });
});

it("answers Unicode with the length of its bytes", async () => {
  const to = await open([{ ...door, answer: ({ response }) => sendJson(response, 201, '"é한"', { "x-a": "b" }) }]);
  const reply = await conversation(`GET /door/a HTTP/1.1\r\n${last}\r\n`, to);
  expect(reply).toMatch(/^HTTP\/1.1 201 .*content-length: 7\r\nx-a: b\r\n.*"é한"$/s);
});

it.each<[string, unknown]>([
  ['{"a":[1,"\u00e9"]}', { a: [1, "é"] }],
  ["null", null],
  ["", undefined],
  ["{", undefined],
  ["\ufeff{}", undefined],
])("reads %j as JSON", (text, value) => {
  expect(parseJson(Buffer.from(text))).toEqual(value);
});

it("reads no JSON from bytes that are no UTF-8", () => {
  expect(parseJson(Buffer.from('"\xff"', "latin1"))).toBeUndefined();
});

it.each([
  ["application/json", "application/json"],
  [" Application/JSON ; charset=utf-8", "application/json"],
  ["", ""],
  [undefined, ""],
])("finds the media type of %j", (header, type) => {
  expect(mediaType(header)).toBe(type);
});
