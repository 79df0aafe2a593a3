import { generateKeyPairSync, sign } from "node:crypto";
import tls from "node:tls";
import { vi } from "vitest";

/** What a TLS server of a test shows: PEM. */
export interface Identity {
  readonly key: string;
  readonly cert: string;
}

/** One element of X.509's encoding (DER). */
function der(tag: number, ...parts: readonly (Uint8Array | string)[]): Buffer {
  const content = Buffer.concat(parts.map((part) => (typeof part === "string" ? Buffer.from(part) : part)));
  const size = content.length;
  const length = size < 128 ? [size] : size < 256 ? [0x81, size] : [0x82, size >> 8, size & 255];
  return Buffer.concat([Buffer.of(tag, ...length), content]);
}

const sequence = 0x30;
const objectId = (hex: string): Buffer => der(0x06, Buffer.from(hex, "hex"));
const bits = (bytes: Buffer): Buffer => der(0x03, Buffer.of(0), bytes);

/** A new key, and a certificate for 127.0.0.1 signed by itself (RFC 5280 §4.1). */
export function selfSigned(): Identity {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const ecdsaWithSha256 = der(sequence, objectId("2a8648ce3d040302"));
  const name = der(sequence, der(0x31, der(sequence, objectId("550403"), der(0x0c, "loopback"))));
  const forAddress = der(sequence, der(0x87, Buffer.of(127, 0, 0, 1)));
  const subjectAltName = der(sequence, objectId("551d11"), der(0x04, forAddress));
  const certificate = der(
    sequence,
    der(0xa0, der(0x02, Buffer.of(2))),
    der(0x02, Buffer.of(1)),
    ecdsaWithSha256,
    name,
    der(sequence, der(0x17, "200101000000Z"), der(0x18, "20991231235959Z")),
    name,
    publicKey.export({ type: "spki", format: "der" }),
    der(0xa3, der(sequence, subjectAltName)),
  );
  const signed = der(sequence, certificate, ecdsaWithSha256, bits(sign("sha256", certificate, privateKey)));
  return {
    key: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
    cert: `-----BEGIN CERTIFICATE-----\n${signed.toString("base64")}\n-----END CERTIFICATE-----\n`,
  };
}

/** Until the mocks are restored, clients trust this certificate and no other. */
export function trust({ cert }: Identity): void {
  const plain: (options: tls.ConnectionOptions) => tls.TLSSocket = tls.connect;
  vi.spyOn(tls, "connect").mockImplementation((...[options]: unknown[]) =>
    plain({ ...(options as tls.ConnectionOptions), ca: cert }),
  );
}
