/**
 * What is said where there is no protocol: the body of a message to `echo` in UTF-8, and back the body of its answer.
 * Nothing in it names an agent or a request; answers come in the order of the questions.
 */

/** On a plain socket a body comes behind its length in bytes, an unsigned number of this many bytes, the highest first. */
export const bareLengthBytes = 4;

/** No body of the benchmark comes near this; a length above it is no length. */
export const bareLimitBytes = 64 * 1024 * 1024;

/** On HTTP a body is POSTed here, and on WebSocket it is a text frame. */
export const barePath = "/";

/** Media type of a body on HTTP. */
export const bareMediaType = "text/plain; charset=utf-8";

/** In gRPC's framing a message is the body itself. */
export const bareMethod = "/bare.Echo/Send";
