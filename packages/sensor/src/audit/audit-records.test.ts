import { describe, expect, it } from "vitest";
import { AuditRecords } from "./audit-records.ts";

const id = "audit(1732439000.123:77): ";
const call = `${id}arch=c000003e syscall=59 success=yes exit=0 a0=55 a1=56 items=2 ppid=10 pid=11 auid=4294967295 uid=1 gid=4 euid=2 suid=3 fsuid=2 egid=5 sgid=6 fsgid=5 tty=pts3 ses=1 comm="ls" exe="/usr/bin/ls" key="tallyman"`;
const end = `${id}`;

function exec(...records: readonly [number, string][]) {
  const reader = new AuditRecords("tallyman");
  const results = [...records, [1320, end] as const].flatMap(([type, text]) => reader.add(type, text));
  expect(results.length).toBeLessThanOrEqual(1);
  return results[0];
}

describe("AuditRecords", () => {
  it("puts an exec together", () => {
    expect(
      exec(
        [1300, call],
        [1309, `${id}argc=4 a0="ls" a1="-l" a2=C3A420622263 a3=""`],
        [1307, `${id}cwd="/home/x"`],
        [1302, `${id}item=0 name="./ls" inode=5 nametype=NORMAL`],
        [1302, `${id}item=1 name="/lib64/ld-linux-x86-64.so.2" inode=6 nametype=NORMAL`],
        [1327, `${id}proctitle="ls"`],
      ),
    ).toEqual({
      kind: "exec",
      pid: 11,
      ppid: 10,
      atNs: 1732439000123000000n,
      credentials: { uid: 1, euid: 2, suid: 3, gid: 4, egid: 5, sgid: 6 },
      tty: { major: 136, minor: 3 },
      comm: "ls",
      filename: "./ls",
      resolvedPath: "/usr/bin/ls",
      workingDirectory: "/home/x",
      args: ["ls", "-l", 'ä b"c', ""],
    });
  });

  it("joins the pieces of a long argument, from several records", () => {
    expect(
      exec(
        [1300, call],
        [1309, `${id}argc=3 a0="sh" a1_len=6 a1[0]=6162`],
        [1309, `${id}a1[1]=6364 a1[2]=2066 a2="end"`],
      )?.args,
    ).toEqual(["sh", "abcd f", "end"]);
  });

  it("cuts what is too long, and says so", () => {
    const found = exec([1300, call], [1309, `${id}argc=2 a0="sh" a1="${"x".repeat(20_000)}" a2="late"`]);
    expect(found).toMatchObject({ args: ["sh"], argsTruncated: true });
  });

  it.each([
    ["one that failed", call.replace("success=yes", "success=no")],
    ["another rule's", call.replace("tallyman", "other")],
    ["a rule's without a key", call.replace('"tallyman"', "(null)")],
  ])("passes over %s", (_, text) => {
    expect(exec([1300, text], [1309, `${id}argc=1 a0="x"`])).toBeUndefined();
  });

  it("keeps events apart that come at the same time", () => {
    const reader = new AuditRecords("tallyman");
    const other = (text: string) => text.replace(":77)", ":78)").replace("pid=11", "pid=12");
    reader.add(1300, call);
    reader.add(1300, other(call));
    reader.add(1309, other(`${id}argc=1 a0="b"`));
    reader.add(1309, `${id}argc=1 a0="a"`);
    expect(reader.add(1320, end)).toMatchObject([{ pid: 11, args: ["a"] }]);
    expect(reader.add(1320, other(end))).toMatchObject([{ pid: 12, args: ["b"] }]);
    expect(reader.add(1320, end)).toEqual([]);
  });

  it("does not keep events without an end", () => {
    const reader = new AuditRecords("tallyman");
    let given = 0;
    for (let serial = 0; serial < 5000; serial++)
      given += reader.add(1300, call.replace(":77)", `:${serial})`)).length;
    expect(given).toBe(5000 - 1024);
    expect(reader.add(1320, end.replace(":77)", ":1)"))).toEqual([]);
    expect(reader.add(1320, end.replace(":77)", ":4999)"))).toMatchObject([{ pid: 11 }]);
  });

  it.each(["", "audit(x): ", "type=1300 audit(1.2:3): pid=1"])("passes over %j", (text) => {
    expect(new AuditRecords("tallyman").add(1300, text)).toEqual([]);
  });
});
