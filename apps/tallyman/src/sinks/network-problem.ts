import { errorCode } from "../output/output-error.ts";

/** What went wrong with a connection, continuing the name of whoever it was to. */
export function networkProblem(error: unknown): string {
  const code = errorCode(error) ?? "";
  const words = networkWords[code];
  if (words !== undefined) return `cannot be reached: ${words}`;
  // Messages of ours, and of the system about things that are rare; none of them holds what was sent.
  return error instanceof Error && error.message !== "" ? error.message : "cannot be reached";
}

/** The network's errors in words, by the system's name of them. */
const networkWords: Readonly<Record<string, string>> = {
  ECONNREFUSED: "connection refused",
  ECONNRESET: "the connection was reset",
  EPIPE: "the connection was closed",
  ETIMEDOUT: "no answer",
  EHOSTUNREACH: "no route to the host",
  ENETUNREACH: "no route to the network",
  ENOTFOUND: "there is no such host",
  EAI_AGAIN: "its name cannot be looked up now",
  ENOENT: "there is no such socket",
  EACCES: "permission is denied",
  EPROTOTYPE: "it takes datagrams",
  UND_ERR_SOCKET: "the connection was closed",
  UND_ERR_CONNECT_TIMEOUT: "no answer",
  CERT_HAS_EXPIRED: "its certificate has expired",
  DEPTH_ZERO_SELF_SIGNED_CERT:
    "its certificate is self-signed (NODE_EXTRA_CA_CERTS names a file of trusted ones)",
  SELF_SIGNED_CERT_IN_CHAIN:
    "its certificate is self-signed (NODE_EXTRA_CA_CERTS names a file of trusted ones)",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    "its certificate is not trusted (NODE_EXTRA_CA_CERTS names a file of trusted ones)",
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    "its certificate is not trusted (NODE_EXTRA_CA_CERTS names a file of trusted ones)",
  ERR_TLS_CERT_ALTNAME_INVALID: "its certificate is for another name",
};
