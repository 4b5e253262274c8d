import { expect, test } from "vitest";
import { UsageError } from "../exit-code.ts";
import { findAccount } from "./account.ts";

const passwd =
  "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:100::/:/bin/false\nbroken:x:-:5::\n123:x:9:8::/:\n";

test.each([
  ["nobody", { uid: 65534, gid: 100 }],
  ["65534", { uid: 65534, gid: 100 }],
  ["77:88", { uid: 77, gid: 88 }],
  ["123", { uid: 9, gid: 8 }],
])("--user %s", (named, account) => {
  expect(findAccount(named, passwd)).toEqual(account);
});

test.each(["nobody ", "77", "broken", "", "-1:5", "a:b"])("--user %j is refused", (named) => {
  expect(() => findAccount(named, passwd)).toThrow(UsageError);
});
