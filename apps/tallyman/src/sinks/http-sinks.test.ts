import { expect, test } from "vitest";
import { spooledAlert, updateOf } from "../testing/alert-of.ts";
import { type Answer, startHttpServer } from "../testing/http-server.ts";
import { openElasticsearch } from "./elasticsearch.ts";
import { openSlack } from "./slack.ts";
import { openWebhook } from "./webhook.ts";

const never = new AbortController().signal;
const alerts = ["a", "b", "c"].map((id) => spooledAlert(id));

function target(url: string, headers: Readonly<Record<string, string>> = {}, timeoutMs = 2000) {
  return { url, headers, timeoutMs };
}

test("a webhook gets the documents with the headers of the settings, and the same key for the same alerts", async () => {
  await using server = await startHttpServer(() => ({ status: 202 }));
  const json = openWebhook(target(`${server.url}/in?x=1`, { Authorization: "Bearer s3cret" }), "json");
  const ndjson = openWebhook(target(server.url), "ndjson");
  expect(await json.deliver(alerts, never)).toEqual({ kind: "done", refused: [] });
  expect(await json.deliver(alerts, never)).toEqual({ kind: "done", refused: [] });
  expect(await ndjson.deliver(alerts.slice(1), never)).toEqual({ kind: "done", refused: [] });
  const [first, second, third] = server.requests;
  expect(first?.url).toBe("/in?x=1");
  expect(first?.headers).toMatchObject({
    authorization: "Bearer s3cret",
    "content-type": "application/json",
  });
  expect(first?.headers["user-agent"]).toMatch(/^tallyman\//);
  expect(JSON.parse(first?.body ?? "")).toEqual(alerts.map(({ id }) => ({ "kibana.alert.uuid": id })));
  expect(second?.headers["idempotency-key"]).toBe(first?.headers["idempotency-key"]);
  expect(third?.headers["idempotency-key"]).not.toBe(first?.headers["idempotency-key"]);
  expect(third?.body).toBe(
    alerts
      .slice(1)
      .map(({ json: text }) => `${text}\n`)
      .join(""),
  );
});

test.for<[about: string, answer: Answer, reason: RegExp, afterMs?: number]>([
  [
    "a server that is busy",
    { status: 503, body: "try later" },
    /^the server answers 503 Service Unavailable: try later$/,
  ],
  ["one that says how long", { status: 429, headers: { "Retry-After": "7" } }, /429/, 7000],
  ["wrong credentials", { status: 401 }, /401 Unauthorized/],
  ["a wrong path", { status: 404 }, /404/],
  ["a redirection", { status: 302, headers: { Location: "http://127.0.0.1:1/" } }, /302/],
  ["a connection that breaks", "close", /cannot be reached: the connection was closed/],
  ["no answer", "silence", /does not answer within 0\.2 s/],
])("alerts wait after %s", async ([, answer, reason, afterMs]) => {
  await using server = await startHttpServer(() => answer);
  const result = await openWebhook(target(`${server.url}/hooks/s3cret`, {}, 200), "json").deliver(
    alerts,
    never,
  );
  expect(result).toMatchObject({ kind: "later", left: alerts, afterMs });
  expect(result.kind === "later" && result.reason).toMatch(reason);
  expect(JSON.stringify(result)).not.toMatch("s3cret");
});

test("a server that answers with what it was sent, or breaks what is sent, gives away no secret", async () => {
  await using server = await startHttpServer(({ headers, url }) => ({
    status: 500,
    body: `${url} ${JSON.stringify(headers)}`,
  }));
  const headers = { Authorization: "Bearer s3cret-token", "X-Key": "other-s3cret" };
  for (const more of [{}, { "X-Bad": "broken\ns3cret" }]) {
    const at = target(`${server.url}/hooks/s3cret?key=s3cret`, { ...headers, ...more });
    const result = await openWebhook(at, "json").deliver(alerts, never);
    expect(result).toMatchObject({ kind: "later", reason: expect.stringMatching(/\*{8}/) });
    expect(JSON.stringify(result)).not.toMatch("s3cret");
  }
  const echo = startHttpServer(({ headers: { authorization } }) => ({
    status: 200,
    body: JSON.stringify({
      items: alerts.map(() => ({
        create: { status: 500, error: { type: "echo", reason: authorization ?? "" } },
      })),
    }),
  }));
  await using cluster = await echo;
  const result = await openElasticsearch(target(cluster.url, headers), "x").deliver(alerts, never);
  expect(result).toMatchObject({ reason: "the cluster did not take 3 alerts: 500 echo: ********" });
});

test("nobody listens", async () => {
  const url = (await startHttpServer(() => "close").then(async (server) => {
    await server[Symbol.asyncDispose]();
    return server.url;
  })) as string;
  const result = await openWebhook(target(url), "json").deliver(alerts, never);
  expect(result).toMatchObject({
    kind: "later",
    reason: expect.stringMatching(/cannot be reached: connection refused$/),
  });
});

test("of alerts that are refused together the one at fault is found, and the others are delivered", async () => {
  await using server = await startHttpServer(({ body }) => ({
    status: body.includes('"b"') ? 400 : 200,
    body: "bad",
  }));
  const many = ["1", "2", "a", "b", "c", "3", "4"].map((id) => spooledAlert(id));
  const result = await openWebhook(target(server.url), "json").deliver(many, never);
  expect(result).toEqual({
    kind: "done",
    refused: [{ alert: many[3], reason: "the server answers 400 Bad Request: bad" }],
  });
  const taken = server.requests
    .filter(({ body }) => !body.includes('"b"'))
    .flatMap(({ body }) => JSON.parse(body) as object[]);
  expect(taken).toHaveLength(6);
});

test("a message for Slack shows the alert and nothing as markup", async () => {
  await using server = await startHttpServer(() => ({ status: 200, body: "ok" }));
  const alert = spooledAlert("a", {
    reason: "<!channel> ran `x` & y",
    severity: "high",
    ruleName: "A <b> rule",
  });
  await openSlack(target(server.url), "#alerts").deliver([alert], never);
  await openSlack(target(server.url), undefined).deliver([alert, alert], never);
  const [one, two] = server.requests.map(({ body }) => JSON.parse(body));
  expect(one).toMatchObject({
    channel: "#alerts",
    text: "A &lt;b&gt; rule",
    attachments: [
      { color: "#da8b45", text: "&lt;!channel&gt; ran `x` &amp; y", ts: Date.UTC(2026, 0, 5, 8) / 1000 },
    ],
  });
  expect(two).toMatchObject({ text: "2 alerts", attachments: [{ title: "A &lt;b&gt; rule" }, {}] });
  expect(two.channel).toBeUndefined();
});

/** Behaves as `_bulk` does with `create` and `index`: one result for each, in their order. */
function bulkIndex(trouble: (id: string) => { status: number; type: string } | undefined) {
  const stored = new Map<string, unknown>();
  const answer = ({ body }: { readonly body: string }): Answer => {
    const lines = body.trimEnd().split("\n");
    const items = [];
    for (let i = 0; i < lines.length; i += 2) {
      const [action = "", { _id: id, _index: index }] = Object.entries<Record<string, string>>(
        JSON.parse(lines[i] ?? ""),
      )[0] as [string, Record<"_id" | "_index", string>];
      const problem =
        action === "create" && stored.has(id)
          ? { status: 409, type: "version_conflict_engine_exception" }
          : trouble(id);
      if (problem === undefined) stored.set(id, JSON.parse(lines[i + 1] ?? ""));
      const { status, type } = problem ?? { status: 201, type: "" };
      items.push({
        [action]: {
          _index: index,
          _id: id,
          status,
          ...(type === "" ? {} : { error: { type, reason: "why" } }),
        },
      });
    }
    return {
      status: 200,
      body: JSON.stringify({ took: 1, errors: false, items }),
    };
  };
  return { stored, answer };
}

test("what is in the index already is not an error, and nothing is stored twice", async () => {
  const index = bulkIndex(() => undefined);
  await using server = await startHttpServer(index.answer);
  const sink = openElasticsearch(
    target(`${server.url}/es/`, { Authorization: "ApiKey k" }),
    "tallyman-alerts",
  );
  expect(await sink.deliver(alerts.slice(0, 2), never)).toEqual({ kind: "done", refused: [] });
  expect(await sink.deliver(alerts, never)).toEqual({ kind: "done", refused: [] });
  expect([...index.stored]).toEqual(alerts.map(({ id }) => [id, { "kibana.alert.uuid": id }]));
  const [first] = server.requests;
  expect(first?.url).toMatch(/^\/es\/_bulk\?filter_path=/);
  expect(first?.headers).toMatchObject({ authorization: "ApiKey k", "content-type": "application/x-ndjson" });
  expect(first?.body.split("\n")[0]).toBe('{"create":{"_index":"tallyman-alerts","_id":"a"}}');
});

test("a later state of an alert takes its place, and the first one does not take it back", async () => {
  const index = bulkIndex(() => undefined);
  await using server = await startHttpServer(index.answer);
  const sink = openElasticsearch(target(server.url), "i");
  const [first = spooledAlert("")] = alerts;
  for (const part of [[first, updateOf("a", 3)], [first], [updateOf("a", 5)], [first]]) {
    expect(await sink.deliver(part, never)).toEqual({ kind: "done", refused: [] });
  }
  expect([...index.stored.values()]).toEqual([
    { "kibana.alert.uuid": "a", "kibana.alert.suppression.docs_count": 5 },
  ]);
});

test("a webhook and Slack get a later state as something new that says so", async () => {
  await using server = await startHttpServer(() => ({ status: 200 }));
  const webhook = openWebhook(target(server.url), "json");
  for (const part of [alerts.slice(0, 1), [updateOf("a", 3)], [updateOf("a", 5)]]) {
    await webhook.deliver(part, never);
  }
  const keys = server.requests.map(({ headers }) => headers["idempotency-key"]);
  expect(new Set(keys).size).toBe(3);
  expect(JSON.parse(server.requests[2]?.body ?? "")).toEqual([
    { "kibana.alert.uuid": "a", "kibana.alert.suppression.docs_count": 5 },
  ]);
  await openSlack(target(server.url), undefined).deliver([updateOf("a", 3)], never);
  expect(JSON.parse(server.requests[3]?.body ?? "")).toMatchObject({ text: "A rule (and 3 more)" });
});

test("items are judged one by one: refused, to be tried again, stored", async () => {
  const states: Record<string, { status: number; type: string } | undefined> = {
    a: { status: 400, type: "mapper_parsing_exception" },
    b: { status: 429, type: "es_rejected_execution_exception" },
  };
  const index = bulkIndex((id) => states[id]);
  await using server = await startHttpServer(index.answer);
  const sink = openElasticsearch(target(server.url), "i");
  const first = await sink.deliver(alerts, never);
  expect(first).toEqual({
    kind: "later",
    reason: "the cluster did not take 1 alert: 429 es_rejected_execution_exception: why",
    left: [alerts[1]],
    refused: [{ alert: alerts[0], reason: "400 mapper_parsing_exception: why" }],
    afterMs: undefined,
  });
  states["b"] = undefined;
  expect(await sink.deliver([alerts[1] ?? spooledAlert("")], never)).toEqual({ kind: "done", refused: [] });
  expect([...index.stored.keys()]).toEqual(["c", "b"]);
});

test.for<[about: string, answer: Answer]>([
  ["is not JSON", { status: 200, body: "<html>" }],
  ["has too few items", { status: 200, body: '{"errors":false,"items":[]}' }],
  ["has no items", { status: 200, body: "[]" }],
])("an answer of a cluster that %s is no success", async ([, answer]) => {
  await using server = await startHttpServer(() => answer);
  expect(await openElasticsearch(target(server.url), "i").deliver(alerts, never)).toMatchObject({
    kind: "later",
    left: alerts,
  });
});

test("a request that is too large for the cluster is sent in parts", async () => {
  const index = bulkIndex(() => undefined);
  await using server = await startHttpServer((request) =>
    request.body.split("\n").length > 3 ? { status: 413 } : index.answer(request),
  );
  expect(await openElasticsearch(target(server.url), "i").deliver(alerts, never)).toEqual({
    kind: "done",
    refused: [],
  });
  expect([...index.stored.keys()]).toEqual(["a", "b", "c"]);
});
