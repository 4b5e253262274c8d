import fc from "fast-check";
import { expect, test } from "vitest";
import { auditNumber, auditText, enrichedFieldsIn, fieldsIn } from "./audit-fields.ts";

test.for([
  ["", {}],
  ['a0=1 comm="ls" exe=2F62696E key=(null)', { a0: "1", comm: '"ls"', exe: "2F62696E", key: "(null)" }],
  [' a1[1]=7879 a2="end"', { "a1[1]": "7879", a2: '"end"' }],
  ['cwd="/a b=c" x=1', { cwd: '"/a b=c"', x: "1" }],
  ["a= b=2", { a: "", b: "2" }],
  ['name="unclosed', { name: '"unclosed' }],
  ["a=1 a=2", { a: "1" }],
  [
    'pid=7 msg=\'op=PAM:x acct="anna" addr=10.0.0.1 res=failed\'\u001dUID="root"',
    { pid: "7", op: "PAM:x", acct: '"anna"', addr: "10.0.0.1", res: "failed" },
  ],
  ["no fields at all", {}],
] as const)("%j", ([text, fields]) => {
  expect(Object.fromEntries(fieldsIn(text))).toEqual(fields);
});

test("what auditd adds stands behind a separator", () => {
  expect(Object.fromEntries(enrichedFieldsIn('uid=0\u001dARCH=x86_64 UID="root"'))).toEqual({
    ARCH: "x86_64",
    UID: '"root"',
  });
  expect(enrichedFieldsIn("uid=0").size).toBe(0);
});

test.for([
  [undefined, undefined],
  ["(null)", undefined],
  ["?", undefined],
  ['""', ""],
  ['"ls"', "ls"],
  ['"', ""],
  ["C3A420622263", 'ä b"c'],
  ["runc:[2:INIT]", "runc:[2:INIT]"],
  ["ABC", "ABC"],
  ["abcd", "abcd"],
] as const)("the text of %j is %j", ([value, text]) => {
  expect(auditText(value)).toBe(text);
});

test.for([
  ["-115", -115],
  ["0", 0],
  ["0x1", undefined],
  ["", undefined],
  [undefined, undefined],
] as const)("the number of %j is %j", ([value, number]) => {
  expect(auditNumber(value)).toBe(number);
});

test("whatever a record holds, nothing is thrown, and all names and values are pieces of it", () => {
  const piece = fc.constantFrom("a", "=", '"', "'", " ", "msg='", "\u001d", "7F", "[", "\\", "é");
  fc.assert(
    fc.property(
      fc.array(piece).map((pieces) => pieces.join("")),
      (text) => {
        for (const [name, value] of fieldsIn(text)) expect(text).toContain(`${name}=${value}`);
      },
    ),
  );
});
