import { type Diagnostic, diagnostic } from "../diagnostics/diagnostic.ts";
import type { Span } from "../diagnostics/span.ts";

/** What is said about a construct that Elasticsearch's dialect does not have and the endpoint's has. `instead` is how both say it, if they can. */
export function endpointOnly(construct: string, span: Span, instead?: string): Diagnostic {
  const dialect = "with --dialect endpoint the query is read as an endpoint rule";
  return diagnostic(
    "endpoint-only",
    span,
    `${construct} exists only in the endpoint dialect of EQL`,
    instead === undefined ? dialect : `${instead}; ${dialect}`,
  );
}
