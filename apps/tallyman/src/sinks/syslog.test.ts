import { spawn, spawnSync } from "node:child_process";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, describe, expect, test } from "vitest";
import { spooledAlert, updateOf } from "../testing/alert-of.ts";
import { openSyslog } from "./syslog.ts";
import type { SyslogAddress } from "./syslog-address.ts";
import { syslogMessage } from "./syslog-message.ts";

const folder = mkdtempSync(join(tmpdir(), "tallyman-syslog-"));
afterAll(() => rmSync(folder, { recursive: true }));

const never = new AbortController().signal;
const header = {
  facility: "local0",
  hostname: "web-01",
  appName: "tallyman",
  processId: 7,
  messageBytesMax: 8192,
} as const;

function syslogAt(address: SyslogAddress, timeoutMs = 2000) {
  return openSyslog({ ...header, address, timeoutMs });
}

const alerts = ["a", "b"].map((id) => spooledAlert(id));
const messages = alerts.map((alert) => syslogMessage(alert, header));

describe("a message", () => {
  test("has the header and the structured data of RFC 5424, and the document", () => {
    expect(messages[0]).toBe(
      '<132>1 2026-01-05T08:00:00.000Z web-01 tallyman 7 alert [tallyman@32473 id="a" rule="A rule" severity="medium" risk_score="47"] {"kibana.alert.uuid":"a"}',
    );
  });

  test.for([
    [{ severity: "critical" }, /^<130>1 /],
    [{ severity: "high" }, /^<131>1 /],
    [{ severity: "low" }, /^<133>1 /],
    [{ eventTimeMs: undefined }, /^<132>1 - web-01 /],
    [{ ruleName: 'a "b" ] \\ c\u001b[31m\n' }, / rule="a \\"b\\" \\\] \\\\ c \[31m " /],
  ] as const)("of %j", ([more, want]) => {
    expect(syslogMessage(spooledAlert("a", more), header)).toMatch(want);
  });

  test("that would be too long has the fields that matter", () => {
    const alert = spooledAlert(
      "a",
      { reason: "é".repeat(5000) },
      { process: { command_line: "x".repeat(9000) } },
    );
    const text = syslogMessage(alert, header);
    expect(Buffer.byteLength(text)).toBeLessThan(8192 + 500);
    expect(JSON.parse(text.slice(text.indexOf("] {") + 2))).toMatchObject({
      "kibana.alert.uuid": "a",
      "kibana.alert.rule.name": "A rule",
      tallyman: { shortened: true },
    });
  });

  test("of a later state says how many were suppressed", () => {
    expect(syslogMessage(updateOf("a", 3), header)).toMatch(/ risk_score="47" suppressed="3"\] \{/);
    expect(syslogMessage(updateOf("a", 3), { ...header, messageBytesMax: 20 })).toMatch(
      /"kibana.alert.suppression.docs_count":3,/,
    );
  });

  test("says nothing of a host whose name cannot stand in it", () => {
    expect(syslogMessage(spooledAlert("a"), { ...header, hostname: "\u001b é" })).toMatch(/Z - tallyman 7 /);
  });
});

/** Messages by octet counting. */
function unframed(bytes: Buffer): string[] {
  const found: string[] = [];
  for (let at = 0; at < bytes.length; ) {
    const blank = bytes.indexOf(32, at);
    const length = Number(bytes.toString("latin1", at, blank));
    found.push(bytes.toString("utf8", blank + 1, blank + 1 + length));
    at = blank + 1 + length;
  }
  return found;
}

async function startStream(at: number | string, onSocket: (socket: Socket) => void = () => {}) {
  const chunks: Buffer[] = [];
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    socket.on("data", (chunk: Buffer) => chunks.push(chunk));
    onSocket(socket);
  });
  if (typeof at === "string") server.listen(at);
  else server.listen(at, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  return {
    port: typeof address === "string" ? 0 : ((address as AddressInfo).port ?? 0),
    received: () => unframed(Buffer.concat(chunks)),
    async stop() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}

test("a connection that stays open for long, and sockets that come and go, leave nothing behind", async () => {
  const warnings: Error[] = [];
  const onWarning = (warning: Error) => warnings.push(warning);
  process.on("warning", onWarning);
  const server = await startStream(0);
  const sink = syslogAt({ kind: "tcp", host: "127.0.0.1", port: server.port });
  for (let i = 0; i < 12; i++) {
    expect(await sink.deliver(alerts, never)).toEqual({ kind: "done", refused: [] });
  }
  await sink.close();
  await server.stop();
  // Larger than a datagram may be.
  const signal = new AbortController().signal;
  const datagrams = openSyslog({
    ...header,
    messageBytesMax: 1e6,
    address: { kind: "udp", host: "127.0.0.1", port: 9 },
    timeoutMs: 100,
  });
  const large = [spooledAlert("a", {}, { process: { command_line: "x".repeat(70_000) } })];
  for (let i = 0; i < 12; i++) {
    expect(await datagrams.deliver(large, signal)).toMatchObject({ kind: "later" });
  }
  await datagrams.close();
  await sleep(10);
  process.off("warning", onWarning);
  expect(warnings).toEqual([]);
}, 20_000);

test("over TLS an address is no name of a server", async () => {
  const warnings: Error[] = [];
  const onWarning = (warning: Error) => warnings.push(warning);
  process.on("warning", onWarning);
  const server = await startStream(0);
  const sink = syslogAt({ kind: "tls", host: "127.0.0.1", port: server.port }, 100);
  expect(await sink.deliver(alerts, never)).toMatchObject({ kind: "later" });
  await sink.close();
  await server.stop();
  await sleep(10);
  process.off("warning", onWarning);
  expect(warnings).toEqual([]);
});

test("over TCP messages are counted in octets, over one connection", async () => {
  let connections = 0;
  const server = await startStream(0, () => {
    connections += 1;
  });
  const sink = syslogAt({ kind: "tcp", host: "127.0.0.1", port: server.port });
  const odd = spooledAlert("é\n");
  expect(await sink.deliver(alerts, never)).toEqual({ kind: "done", refused: [] });
  expect(await sink.deliver([odd], never)).toEqual({ kind: "done", refused: [] });
  await sink.close();
  expect(server.received()).toEqual([...messages, syslogMessage(odd, header)]);
  expect(connections).toBe(1);
  await server.stop();
});

test("what was under way when a TCP server went away is sent again when it is back", async () => {
  const first = await startStream(0, (socket) => socket.once("data", () => socket.destroy()));
  const sink = syslogAt({ kind: "tcp", host: "127.0.0.1", port: first.port });
  expect(await sink.deliver(alerts, never)).toMatchObject({ kind: "later" });
  await first.stop();
  expect(await sink.deliver(alerts, never)).toEqual({
    kind: "later",
    reason: `tcp://127.0.0.1:${first.port} cannot be reached: connection refused`,
  });
  const second = await startStream(first.port);
  expect(await sink.deliver(alerts, never)).toEqual({ kind: "done", refused: [] });
  expect(second.received()).toEqual(messages);
  await sink.close();
  await second.stop();
});

test("a TCP server that goes away between two deliveries is noticed at the second", async () => {
  const first = await startStream(0);
  const sink = syslogAt({ kind: "tcp", host: "127.0.0.1", port: first.port });
  await sink.deliver(alerts.slice(0, 1), never);
  await first.stop();
  const second = await startStream(first.port);
  for (let tries = 0; tries < 3; tries++) {
    if ((await sink.deliver(alerts.slice(1), never)).kind === "done") break;
  }
  expect(second.received()).toEqual(messages.slice(1));
  await sink.close();
  await second.stop();
});

test("an ended wait ends the delivery", async () => {
  const server = await startStream(0);
  const stop = new AbortController();
  const sink = syslogAt({ kind: "tcp", host: "127.0.0.1", port: server.port });
  setTimeout(() => stop.abort(), 20);
  expect(await sink.deliver(alerts, stop.signal)).toMatchObject({ kind: "later" });
  await sink.close();
  await server.stop();
});

test("over UDP each message is a datagram, and where nobody listens alerts wait", async () => {
  const received: string[] = [];
  const server = createSocket("udp4", (message) => received.push(message.toString("utf8")));
  server.bind(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  const sink = syslogAt({ kind: "udp", host: "127.0.0.1", port });
  expect(await sink.deliver(alerts, never)).toEqual({ kind: "done", refused: [] });
  await expect.poll(() => received).toEqual(messages);
  server.close();
  await once(server, "close");
  expect(await sink.deliver(alerts, never)).toEqual({
    kind: "later",
    reason: `udp://127.0.0.1:${port} cannot be reached: connection refused`,
    left: alerts,
  });
  await sink.close();
});

test("a host that does not exist is a reason to wait", async () => {
  const sink = syslogAt({ kind: "udp", host: "no-such-host.invalid", port: 514 });
  expect(await sink.deliver(alerts, never)).toMatchObject({ kind: "later", left: alerts });
  await sink.close();
});

test("over a local stream socket", async () => {
  const path = join(folder, "stream.sock");
  const server = await startStream(path);
  const sink = syslogAt({ kind: "unix", path });
  expect(await sink.deliver(alerts, never)).toEqual({ kind: "done", refused: [] });
  expect(server.received()).toEqual(messages);
  await sink.close();
  await server.stop();
});

/** Prints a datagram a line. */
const datagramServer = `
import socket, sys
server = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
server.bind(sys.argv[1])
print("ready", flush=True)
while True:
    print(server.recv(65536).decode(), flush=True)
`;

const lacking = ["logger", "python3"].filter((name) => spawnSync(name, ["--version"]).status !== 0);

test.skipIf(lacking.length > 0)(
  `over a local datagram socket, as /dev/log is on most systems${lacking.length > 0 ? ` (skipped: no ${lacking.join(", ")})` : ""}`,
  async () => {
    const path = join(folder, "datagram.sock");
    const sink = syslogAt({ kind: "unix", path });
    expect(await sink.deliver(alerts, never)).toEqual({
      kind: "later",
      reason: `unix://${path} cannot be reached: there is no such socket`,
    });
    const server = spawn("python3", ["-c", datagramServer, path], { stdio: ["ignore", "pipe", "inherit"] });
    let printed = "";
    server.stdout.on("data", (chunk: Buffer) => {
      printed += chunk.toString("utf8");
    });
    await expect.poll(() => printed, { timeout: 20_000 }).toMatch("ready\n");
    expect(await sink.deliver(alerts, never)).toEqual({ kind: "done", refused: [] });
    await expect.poll(() => printed.trimEnd().split("\n").length).toBe(3);
    const [, ...datagrams] = printed.trimEnd().split("\n");
    for (const [i, datagram] of datagrams.entries()) {
      expect(datagram).toMatch(/^<132>1 \S+ \S+ tallyman 7 alert - \{/);
      expect(datagram).toMatch(new RegExp(`\\{"kibana.alert.uuid":"${"ab"[i]}"\\}$`));
    }
    server.kill();
    await once(server, "close");
    await sleep(10);
    expect(await sink.deliver(alerts, never)).toMatchObject({ kind: "later" });
    await sink.close();
  },
);

/** Says that it is there, and reads nothing. */
const deafServer = `
import socket, sys, time
server = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
server.bind(sys.argv[1])
print("ready", flush=True)
time.sleep(600)
`;

test.skipIf(lacking.length > 0)(
  `a local datagram socket from which nobody reads is a reason to wait${lacking.length > 0 ? ` (skipped: no ${lacking.join(", ")})` : ""}`,
  async () => {
    const path = join(folder, "deaf.sock");
    const server = spawn("python3", ["-c", deafServer, path], { stdio: ["ignore", "pipe", "inherit"] });
    await once(server.stdout, "data");
    const sink = syslogAt({ kind: "unix", path }, 500);
    const many = Array.from({ length: 2000 }, (_, i) => spooledAlert(`a${i}`));
    expect(await sink.deliver(many, never)).toEqual({
      kind: "later",
      reason: `unix://${path} takes nothing within 0.5 s`,
    });
    await sink.close();
    server.kill();
    await once(server, "close");
  },
  30_000,
);
