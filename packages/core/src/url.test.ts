import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { addressOf, basicAuthorization, maskedText, maskedUrl, masking } from "./url.ts";

describe("maskedUrl", () => {
  it.each([
    ["nothing secret", "http://localhost:3000/mcp?page=2#top", "http://localhost:3000/mcp?page=2#top"],
    ["user and password", "http://user:secret@host:1/mcp", "http://***@host:1/mcp"],
    ["a token as user", "wss://ghp_123@host/ws", "wss://***@host/ws"],
    ["an at sign in the password", "http://user:p@ss@host/", "http://***@host/"],
    ["an at sign in the path", "http://host/@scope/agent", "http://host/@scope/agent"],
    ["an at sign in the query", "http://host/?to=a@b", "http://host/?to=a@b"],
    ["what is no URL for its password", "http://user:pa/ss@host", "http://***@host"],
    ["what has no scheme", "user:secret@host:50051", "***@host:50051"],
    ["a token among others", "http://h/p?a=1&token=abc&b=2", "http://h/p?a=1&token=***&b=2"],
    ["keys of any spelling", "ws://h/ws?API_Key=abc&X-Amz-Signature=d", "ws://h/ws?API_Key=***&X-Amz-Signature=***"],
    ["a value after the hash", "http://h/#access_token=abc", "http://h/#access_token=***"],
    [
      "words that begin like secrets",
      "http://h/?author=ann&design=old&sessionMode=1&keyboard=de&passage=3",
      "http://h/?author=ann&design=old&sessionMode=1&keyboard=de&passage=3",
    ],
    ["a place for agents", "http://u:secret@h/agents/{agent}/rpc", "http://***@h/agents/{agent}/rpc"],
  ])("leaves %s", (_what, url, expected) => {
    expect(maskedUrl(url)).toBe(expected);
    expect(maskedUrl(expected)).toBe(expected);
  });

  it.each(
    "token TOKEN accessToken access_token tokens x%2Dapi%2Dkey apikey APIKey api.key AWSAccessKeyId key key1 auth Authorization password db_passwd pwd client_secret jwt sig signature X-Amz-Credential sid session sessionId session_id".split(
      " ",
    ),
  )("masks the value of %s", (name) => {
    expect(maskedUrl(`http://h/?a=1&${name}=abc`)).toBe(`http://h/?a=1&${name}=***`);
  });

  it("never keeps a password, and never loses the host", () => {
    const password = fc.stringMatching(/^[A-Za-z0-9!$&'()*+,;=:@%._~-]{4,20}$/).filter((text) => !text.includes("***"));
    fc.assert(
      fc.property(password, (secret) => {
        const shown = maskedUrl(`http://user:~~${secret}@host.example:8080/path`);
        expect(shown).toBe("http://***@host.example:8080/path");
      }),
    );
  });
});

describe("maskedText", () => {
  it.each([
    ["node server.js --db postgres://u:p@h/db", "node server.js --db postgres://***@h/db"],
    ["'a://u:p@h1,a://u:p@h2/' http://h/?token=abc&x=1", "'a://***@h1,a://***@h2/' http://h/?token=***&x=1"],
    ["my-server http://localhost:{port}/mcp a@b:c", "my-server http://localhost:{port}/mcp a@b:c"],
  ])("of %s", (text, expected) => {
    expect(maskedText(text)).toBe(expected);
  });
});

describe("addressOf", () => {
  it.each([
    ["http://host:81/", "host", 81],
    ["http://[::1]/", "::1", 80],
    ["wss://host/", "host", 443],
  ])("%s", (url, host, port) => {
    expect(addressOf(new URL(url))).toEqual({ host, port });
  });
});

describe("masking", () => {
  const said = masking(["http://user:s%20ecret@host/mcp?token=t0ps3cret&page=12345"]);

  it.each([
    ["a URL with the same secrets", "no http://user:s%20ecret@host/ there", "no http://***@host/ there"],
    [
      "a path that a server repeats",
      "Cannot POST /mcp?token=t0ps3cret&page=12345",
      "Cannot POST /mcp?token=***&page=12345",
    ],
    ["a password that a server repeats", "user: bad password s ecret", "user: bad password ***"],
    ["a header that a server repeats", `got Basic ${btoa("user:s ecret")}`, "got Basic ***"],
  ])("takes them out of %s", (_what, text, expected) => {
    expect(said(text)).toBe(expected);
  });

  it("keeps a text as it is where nothing typed was secret", () => {
    const keep = masking(["run", "--target", "http://host/mcp?page=12345", "{}"]);
    expect(keep("http://host/mcp?page=12345 said {}")).toBe("http://host/mcp?page=12345 said {}");
  });

  it("knows the header of a URL whose port is yet to be found, and words that are secret whole", () => {
    const hide = masking(["http://user:secret@host:{port}/"], ["a key", "b"]);
    expect(hide(`Basic ${btoa("user:secret")} by a key b`)).toBe("Basic *** by *** b");
  });

  it("takes the beginning of one from the end of what was cut off", () => {
    const cut = masking(["http://user:secret@host/"]);
    expect(cut("the password is secr…")).toBe("the password is ***…");
    expect(cut("the password is sec…")).toBe("the password is sec…");
    expect(cut("the password is secr")).toBe("the password is secr");
  });

  it("does not take short words out of every sentence", () => {
    expect(masking(["http://a:b@host"])("a bad host")).toBe("a bad host");
  });
});

describe("basicAuthorization", () => {
  it.each([
    ["http://host/", null],
    ["http://user:secret@host/", "user:secret"],
    ["http://user@host/", "user:"],
    ["http://:secret@host/", ":secret"],
    ["http://us%40er:p%3A%2F%C3%BC@host/", "us@er:p:/ü"],
    ["http://user:100%@host/", "user:100%"],
  ])("of %s", (url, expected) => {
    const header = basicAuthorization(new URL(url));
    expect(header === null ? null : Buffer.from(header.slice("Basic ".length), "base64").toString()).toBe(expected);
  });
});
