import { expect, test } from "vitest";
import { parseAuditLine, parseAuditMessage, recordLengthMax } from "./audit-record.ts";

test.for([
  [
    "type=SYSCALL msg=audit(1795524004.796:51300): arch=c000003e",
    {
      type: "SYSCALL",
      node: undefined,
      id: "1795524004.796:51300",
      ms: 1795524004796,
      serial: 51300,
      body: "arch=c000003e",
    },
  ],
  [
    "node=web-1 type=EOE msg=audit(1.002:3): ",
    { type: "EOE", node: "web-1", id: "1.002:3", ms: 1002, serial: 3, body: "" },
  ],
  [
    "type=EOE msg=audit(1.002:3):",
    { type: "EOE", node: undefined, id: "1.002:3", ms: 1002, serial: 3, body: "" },
  ],
  [
    'Nov 24 12:41:02 web-1 audisp-syslog: node=web-1 type=CWD msg=audit(1.002:3): cwd="/"',
    { type: "CWD", node: "web-1", id: "1.002:3", ms: 1002, serial: 3, body: 'cwd="/"' },
  ],
  [
    "[  12.3] audit: type=1300 audit(1.002:3): a=b",
    { type: "SYSCALL", node: undefined, id: "1.002:3", ms: 1002, serial: 3, body: "a=b" },
  ],
  [
    "type=UNKNOWN[1334] msg=audit(1.002:3): prog-id=7",
    { type: "UNKNOWN[1334]", node: undefined, id: "1.002:3", ms: 1002, serial: 3, body: "prog-id=7" },
  ],
] as const)("%s", ([line, record]) => {
  expect(parseAuditLine(line)).toEqual(record);
});

test.for([
  "",
  "type=SYSCALL",
  "type=SYSCALL msg=audit(1.2:3): ",
  "type=SYSCALL msg=audit(x.002:3): ",
  "msg=audit(1.002:3): a=b",
  "mytype=SYSCALL msg=audit(1.002:3): a=b",
  `${"x".repeat(600)} type=SYSCALL msg=audit(1.002:3): a=b`,
  `type=SYSCALL msg=audit(1.002:3): ${"x".repeat(recordLengthMax)}`,
])("no record: %.60s", (line) => {
  expect(parseAuditLine(line)).toBeUndefined();
});

test("a message of the kernel's has its type beside it", () => {
  expect(parseAuditMessage(1309, "audit(1.002:3): argc=1")).toMatchObject({ type: "EXECVE", body: "argc=1" });
  expect(parseAuditMessage(1334, "audit(1.002:3): prog-id=7")).toMatchObject({ type: "1334" });
  expect(parseAuditMessage(1300, "nothing")).toBeUndefined();
});
