import { describe, expect, test } from "vitest";
import { at, documentsOf, gist, lineRecord, recordedLines } from "../testing/recording.ts";
import { AuditReader } from "./audit-reader.ts";

const read = (lines: readonly string[]) => documentsOf(new AuditReader("1.0.0"), lines.map(lineRecord));
const enriched = read(recordedLines("auditd-enriched.log.gz"));
const find = (name: string, action = "exec") =>
  enriched.find(
    (document) => at(document, "process.name") === name && at(document, "event.action") === action,
  );

describe("the recorded session", () => {
  test("a shell in a container is interactive, and the way into the container its entry", () => {
    const shell = find("kubectl");
    expect(shell).toMatchObject({
      event: {
        action: "exec",
        category: ["process"],
        type: ["start"],
        provider: "auditd",
        dataset: "endpoint.events.process",
      },
      data_stream: { type: "logs", dataset: "endpoint.events.process", namespace: "default" },
      host: { os: { type: "linux" } },
      user: { id: "0", name: "root" },
      process: {
        name: "kubectl",
        executable: "/bin/kubectl",
        args: ["kubectl", "get", "pods"],
        command_line: "kubectl get pods",
        interactive: true,
        tty: { char_device: { major: 136 } },
        parent: { name: "sh", executable: "/bin/sh" },
        entry_leader: { name: "bash", entry_meta: { type: "container" }, same_as_process: false },
      },
    });
    expect(at(shell, "event.id")).toMatch(/^ \d+\.\d{3}:\d+$/);
  });

  test("a script is named by its own name, and its child's connection by the address", () => {
    expect(find("entrypoint.sh")).toMatchObject({
      process: {
        executable: "/entrypoint.sh",
        args: ["/bin/bash", "/entrypoint.sh"],
        Ext: { resolved_executable: "/bin/bash" },
        interactive: false,
      },
    });
    expect(find("curl", "connection_attempted")).toMatchObject({
      destination: { ip: "198.51.100.23", port: 8080 },
      network: { transport: "tcp", type: "ipv4", direction: "egress" },
      process: {
        parent: { name: "entrypoint.sh", entity_id: at(find("entrypoint.sh"), "process.entity_id") },
      },
    });
  });

  test("a login over ssh is an entry, and so are the tries before it documents of their own", () => {
    expect(at(find("docker"), "process.entry_leader.entry_meta.type")).toBe("sshd");
    const logins = enriched.filter((document) => at(document, "event.dataset") === "system.auth");
    expect(
      logins.map((document) => `${at(document, "event.action")} ${at(document, "event.outcome")}`),
    ).toEqual(["ssh_login failure", "ssh_login failure", "ssh_login failure", "ssh_login success"]);
    expect(logins[0]).toMatchObject({
      user: { name: "anna" },
      source: { ip: "127.0.0.1" },
      process: { name: "sshd" },
    });
  });

  test("a login that succeeds has the account's number, and its name where auditd adds it", () => {
    const line = (more: string) =>
      lineRecord(
        `type=USER_LOGIN msg=audit(1795524086.584:7): pid=5 uid=0 auid=1000 ses=3 msg='op=login id=1000 exe="/usr/sbin/sshd" hostname=h addr=192.0.2.9 terminal=ssh res=success'${more}`,
      );
    const userOf = (more: string) => documentsOf(new AuditReader("1"), [line(more)])[0]?.["user"];
    expect(userOf("")).toEqual({ id: "1000" });
    expect(userOf('\u001dUID="root" AUID="anna" ID="anna"')).toEqual({ id: "1000", name: "anna" });
    expect(userOf('\u001dUID="root" AUID="unset" ID="unknown(1000)"')).toEqual({ id: "1000" });
  });

  test("arguments in many pieces are one, as far as they are kept", () => {
    const echo = find("echo");
    expect(at(echo, "process.args")).toEqual(["/bin/echo", expect.stringMatching(/^x{3000,12000}$/)]);
    expect(at(echo, "process.Ext.command_line_truncated")).toBe(true);
  });

  test("files are made, moved and removed under names that audit writes in hexadecimal", () => {
    const files = enriched.filter(
      (document) =>
        at(document, "process.command_line") !== undefined && at(document, "file.path") !== undefined,
    );
    const told = files.map((document) => `${at(document, "event.action")} ${at(document, "file.path")}`);
    expect(told).toEqual(expect.arrayContaining(["creation /tmp/a b", "rename /tmp/c", "deletion /tmp/c"]));
  });

  test("exit codes, sessions, users and capabilities", () => {
    expect(at(find("grep", "end"), "process.exit_code")).toBe(1);
    expect(at(find("setpriv", "uid_change"), "user.name")).toBe("nobody");
    expect(at(find("setsid", "session_id_change"), "process.session_leader.same_as_process")).toBe(true);
    expect(at(find("runc"), "process.thread.capabilities.effective")).toContain("CAP_SYS_ADMIN");
  });
});

test("raw, enriched, and as a plugin gets it, a session gives the same", () => {
  const raw = read(recordedLines("auditd-raw.log.gz"));
  const audisp = read(recordedLines("auditd-audisp.log.gz"));
  expect(raw).toEqual(audisp);
  expect(at(raw[0], "host.name")).toBe("vm");
  // Played again, it is the same but for times and ids. Only the enriched one knows names.
  expect(raw.map(gist).sort()).toEqual(enriched.map(gist).sort());
  expect(at(raw.at(-1), "user.name")).toBeUndefined();
});

test("all of a recording is accounted for", () => {
  const reader = new AuditReader("1.0.0");
  const lines = recordedLines("auditd-audisp.log.gz");
  const documents = documentsOf(reader, lines.map(lineRecord));
  const report = reader.report();
  expect(report).toMatchObject({
    records: lines.length,
    documents: documents.length,
    hosts: 1,
    cutEvents: 0,
    staleEvents: 0,
  });
  expect(report.unused.get("calls that failed")).toBeGreaterThan(0);
});

test("what is no audit record is refused", () => {
  const reader = new AuditReader("1.0.0");
  expect(reader.take({ message: "hello" })).toBeUndefined();
  expect(reader.take({})).toBeUndefined();
  expect(reader.take({ message: 7 })).toBeUndefined();
  expect(reader.report().records).toBe(0);
});
