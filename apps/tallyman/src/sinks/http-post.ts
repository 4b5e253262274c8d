import { masked } from "../config/secret.ts";
import { version } from "../version.ts";
import { networkProblem } from "./network-problem.ts";

/** An HTTP server that takes POST requests. */
export interface HttpTarget {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
}

export type HttpAnswer =
  /** The request was answered with success; the text of the answer, cut at the limit. */
  | { readonly kind: "ok"; readonly text: string }
  /** The server does not take what was sent, and never will. */
  | { readonly kind: "refused"; readonly reason: string }
  /** It may be taken later: the server is not there, is busy, or does not let us in. */
  | { readonly kind: "later"; readonly reason: string; readonly afterMs: number | undefined };

/** What is sent beside the headers of the target. */
export interface HttpBody {
  readonly type: string;
  readonly text: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** How much of an answer is read. */
const answerBytesMax = 64 * 2 ** 20;

/** These say that this very content is at fault; every other failure is that of the server, or of the settings, which can be mended. */
const refusals = new Set([400, 413, 415, 422]);

/** Posts a body. Never throws. Reasons name no more of the URL than its host, since paths and queries hold secrets, and no value of a header. */
export async function httpPost(target: HttpTarget, body: HttpBody, signal: AbortSignal): Promise<HttpAnswer> {
  try {
    const response = await fetch(target.url, {
      method: "POST",
      headers: {
        "User-Agent": `tallyman/${version}`,
        "Content-Type": body.type,
        ...body.headers,
        ...target.headers,
      },
      body: body.text,
      // A redirection would send alerts and credentials to where nobody has said.
      redirect: "manual",
      signal: AbortSignal.any([signal, AbortSignal.timeout(target.timeoutMs)]),
    });
    const text = await readText(response);
    return response.ok ? { kind: "ok", text } : failureOf(response, withoutSecrets(text, target));
  } catch (error) {
    const reason = withoutSecrets(describeNetworkError(error, target), target);
    return { kind: "later", reason, afterMs: undefined };
  }
}

/** Some servers answer with what they were sent. */
export function withoutSecrets(text: string, { headers, url }: HttpTarget): string {
  const { pathname, search } = new URL(url);
  const values = Object.values(headers);
  const secrets = [...values, ...values.flatMap((value) => value.split(" ")), pathname, search];
  return secrets
    .filter(({ length }) => length >= secretLengthMin)
    .reduce((cleaned, secret) => cleaned.replaceAll(secret, masked), text);
}

/** What is shorter is no secret that could be kept, such as a path of `/`. */
const secretLengthMin = 6;

function failureOf(response: Response, text: string): HttpAnswer {
  const { status } = response;
  const words = text.trim().slice(0, 200);
  const name = response.statusText === "" ? "" : ` ${response.statusText}`;
  const reason = `the server answers ${status}${name}${words === "" ? "" : `: ${words}`}`;
  if (refusals.has(status)) return { kind: "refused", reason };
  return { kind: "later", reason, afterMs: retryAfterMs(response.headers.get("retry-after")) };
}

/** Seconds, or the date until which to wait. */
function retryAfterMs(value: string | null): number | undefined {
  if (value === null) return undefined;
  if (/^\d{1,6}$/.test(value.trim())) return Number(value) * 1000;
  const date = Date.parse(value);
  return Number.isNaN(date) ? undefined : Math.max(0, date - Date.now());
}

async function readText(response: Response): Promise<string> {
  if (response.body === null) return "";
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
    chunks.push(chunk);
    length += chunk.length;
    // Leaving the loop ends the answer.
    if (length > answerBytesMax) break;
  }
  return Buffer.concat(chunks).toString("utf8");
}

function describeNetworkError(error: unknown, { timeoutMs, url }: HttpTarget): string {
  const host = hostOf(url);
  if (error instanceof Error && error.name === "TimeoutError") {
    return `${host} does not answer within ${timeoutMs / 1000} s`;
  }
  return `${host} ${networkProblem(error instanceof Error && error.cause instanceof Error ? error.cause : error)}`;
}

function hostOf(url: string): string {
  return new URL(url).host;
}
