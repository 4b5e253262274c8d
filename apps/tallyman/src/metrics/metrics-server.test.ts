import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, expect, onTestFinished, test, vi } from "vitest";
import { ListenAddress } from "./listen-address.ts";
import { counter } from "./metric.ts";
import { MetricsServer } from "./metrics-server.ts";

const folder = mkdtempSync(join(tmpdir(), "tallyman-metrics-"));
afterAll(() => rmSync(folder, { recursive: true }));

const asked = counter("asked_total", "How often was asked.");

function addressOf(text: string): ListenAddress {
  return ListenAddress.parse(text) as ListenAddress;
}

/** A server on a port that the system chose, which tells how often it was asked for its metrics. */
async function started(text = "127.0.0.1:0") {
  const server = new MetricsServer(addressOf(text));
  onTestFinished(() => server.close());
  expect(await server.listen()).toBeUndefined();
  let times = 0;
  const show = () =>
    server.show(() => {
      times += 1;
      return [[asked, times]];
    });
  return { server, show, port: Number(/:(\d+)\/metrics$/.exec(server.remark)?.[1]) };
}

interface Answer {
  readonly status: number | undefined;
  readonly headers: NodeJS.Dict<string | string[]>;
  readonly body: string;
}

async function ask(
  at: { port: number; host?: string } | { socketPath: string },
  path = "/metrics",
  method = "GET",
) {
  const sent = request({ ...at, path, method, agent: false }).end();
  const [response] = await once(sent, "response");
  let body = "";
  for await (const chunk of response) body += chunk;
  return { status: response.statusCode, headers: response.headers, body } as Answer;
}

async function connected(port: number): Promise<Socket> {
  const socket = connect(port, "127.0.0.1");
  socket.on("error", () => {});
  onTestFinished(() => void socket.destroy());
  await once(socket, "connect");
  return socket;
}

/** From now on nobody has to go since they have been there for too long. */
function stopTime(): void {
  vi.useFakeTimers({ toFake: ["setTimeout"] });
  onTestFinished(() => void vi.useRealTimers());
}

/** What the server sends until it closes the connection. */
async function answerTo(port: number, text: string): Promise<string> {
  const socket = await connected(port);
  let received = "";
  socket.on("data", (chunk) => {
    received += chunk;
  });
  socket.write(text);
  await once(socket, "close");
  return received;
}

test("answers what there is, as soon as there is something, and nothing else", async () => {
  const { port, show } = await started();
  expect(await ask({ port })).toMatchObject({ status: 503, body: "the program is still starting\n" });
  show();
  expect(await ask({ port })).toMatchObject({
    status: 200,
    headers: { "content-type": "text/plain; version=0.0.4; charset=utf-8", connection: "close" },
    body: "# HELP asked_total How often was asked.\n# TYPE asked_total counter\nasked_total 1\n",
  });
  expect(await ask({ port }, "/metrics?collect[]=x")).toMatchObject({ status: 200 });
  expect(await ask({ port }, "/metrics", "HEAD")).toMatchObject({ status: 200, body: "" });
  for (const path of ["/", "/metrics/", "/metrics/../etc/passwd", "//metrics", "*", "/%6detrics"])
    expect(await ask({ port }, path)).toMatchObject({ status: 404 });
  for (const method of ["POST", "PUT", "DELETE", "OPTIONS", "TRACE"])
    expect(await ask({ port }, "/metrics", method)).toMatchObject({
      status: 405,
      headers: { allow: "GET, HEAD" },
    });
});

test("whoever asks often gets what was found a moment ago", async () => {
  const { port, show } = await started();
  show();
  const answers = await Promise.all(Array.from({ length: 10 }, () => ask({ port })));
  const times = answers.map(({ body }) => Number(/^asked_total (\d+)$/m.exec(body)?.[1]));
  expect(Math.max(...times)).toBeLessThan(10);
  await expect.poll(async () => (await ask({ port })).body, { interval: 50 }).toMatch(/^asked_total 2$/m);
});

test("metrics that cannot be had are no reason to end", async () => {
  const { port, server } = await started();
  server.show(() => {
    throw new Error("secret of a stack");
  });
  expect(await ask({ port })).toMatchObject({ status: 500, body: "the metrics cannot be read\n" });
});

test.each([
  ["what is no HTTP", "\x16\x03\x01\x02\x00", /^HTTP\/1\.1 400 Bad Request/],
  ["another protocol", "SSH-2.0-x\r\n", /^HTTP\/1\.1 400 Bad Request/],
  [
    "headers that are too long",
    `GET /metrics HTTP/1.1\r\nX: ${"x".repeat(5000)}\r\n\r\n`,
    /^HTTP\/1\.1 431 /,
  ],
  ["a tunnel", "CONNECT x:1 HTTP/1.1\r\nHost: x\r\n\r\n", /^$/],
  [
    "an upgrade",
    "GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: upgrade\r\nUpgrade: h2c\r\n\r\n",
    /^HTTP\/1\.1 200 /,
  ],
  [
    "a long body",
    `POST /metrics HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000000\r\n\r\n${"x".repeat(1000)}`,
    /^HTTP\/1\.1 405 /,
  ],
  [
    "two lengths",
    "GET /metrics HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
    /^HTTP\/1\.1 400 /,
  ],
  [
    "many requests at once",
    "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n".repeat(50),
    /^HTTP\/1\.1 200 .*asked_total 1\n$/s,
  ],
])("%s is refused or answered once, and the next is served", async (_, text, answer) => {
  const { port, show } = await started();
  show();
  expect(await answerTo(port, text)).toMatch(answer);
  expect((await ask({ port })).status).toBe(200);
});

test("whoever is slow to ask or to read has to go after some seconds, and keeps nobody waiting", {
  timeout: 20_000,
}, async () => {
  const { port, server } = await started();
  const much = "x".repeat(200);
  server.show(() => Array.from({ length: 100_000 }, (_, i) => [counter(`c${i}_total`, much), i] as const));
  const asking = await connected(port);
  asking.write("GET /metrics HTTP/1.1\r\nX: ");
  const trickle = setInterval(() => asking.write("x"), 500);
  onTestFinished(() => clearInterval(trickle));
  const reading = await connected(port);
  reading.pause();
  reading.write("GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n");
  expect((await ask({ port })).body.length).toBeGreaterThan(10_000_000);
  expect([asking, reading].map((socket) => socket.closed)).toEqual([false, false]);
  await once(asking, "close");
  // Who does not read does not see the end either.
  await sleep(500);
  reading.resume();
  await once(reading, "close");
  expect(reading.bytesRead).toBeLessThan(10_000_000);
});

test("200 who are connected and say nothing do not keep others out", async () => {
  stopTime();
  const { port, show } = await started();
  show();
  const sockets = await Promise.all(Array.from({ length: 200 }, () => connected(port)));
  expect((await ask({ port })).status).toBe(200);
  // `expect.poll` would let time go on.
  await new Promise<void>((resolve) => {
    const look = () => {
      if (sockets.filter((socket) => !socket.closed).length <= 16) resolve();
    };
    for (const socket of sockets) socket.once("close", look);
    look();
  });
});

test("the end does not wait for anybody", async () => {
  stopTime();
  const { port, server, show } = await started();
  show();
  const socket = await connected(port);
  const closed = once(socket, "close");
  server.close();
  await closed;
  await expect(ask({ port })).rejects.toThrow("ECONNREFUSED");
});

test("an address that is taken, or is not this host's, is said", async () => {
  const { port } = await started();
  const { port: other, server } = await started("[::1]:0");
  expect(server.remark).toBe(`metrics are served on http://[::1]:${other}/metrics`);
  expect((await ask({ port: other, host: "::1" })).status).toBe(503);
  const problem = (text: string) => new MetricsServer(addressOf(text)).listen();
  expect(await problem(`${port}`)).toBe(
    `metrics cannot be served on 127.0.0.1:${port}: another program listens there; --metrics names another address`,
  );
  expect(await problem("192.0.2.1:9464")).toMatch(
    /on 192\.0\.2\.1:9464: this host does not have that address;/,
  );
  expect(await problem("unix:/no/such/folder/x.sock")).toMatch(
    /on unix:\/no\/such\/folder\/x\.sock: its folder does not exist, or this user may not write to it;/,
  );
  expect(await problem(`unix:/${"x".repeat(107)}`)).toMatch(/x: its path has more than 107 bytes;/);
});

test("a socket in the file system is there while it is served, and what is left of a killed program is no obstacle", async () => {
  const path = join(folder, "metrics.sock");
  const { server, show } = await started(`unix:${path}`);
  show();
  expect(server.remark).toBe(`metrics are served on unix:${path}`);
  expect((await ask({ socketPath: path })).status).toBe(200);
  expect(await new MetricsServer(addressOf(`unix:${path}`)).listen()).toMatch(
    /another program listens there/,
  );
  expect((await ask({ socketPath: path })).status).toBe(200);
  server.close();
  expect(existsSync(path)).toBe(false);
  const script = `require("net").createServer().listen(${JSON.stringify(path)}, () => console.log())`;
  const killed = spawn(process.execPath, ["-e", script], { stdio: ["ignore", "pipe", "inherit"] });
  await once(killed.stdout, "data");
  killed.kill("SIGKILL");
  await once(killed, "exit");
  expect(existsSync(path)).toBe(true);
  const { show: showAgain } = await started(`unix:${path}`);
  showAgain();
  expect((await ask({ socketPath: path })).status).toBe(200);
});

test("a file that is no socket stays", async () => {
  const path = join(folder, "file");
  writeFileSync(path, "x");
  expect(await new MetricsServer(addressOf(`unix:${path}`)).listen()).toMatch(
    /another program listens there/,
  );
  expect(existsSync(path)).toBe(true);
});
