import { expect, test } from "vitest";
import { sshClient } from "./ssh-client.ts";

test.for([
  [["LANG=C", "SSH_CONNECTION=203.0.113.77 52677 10.20.0.11 22"], "203.0.113.77"],
  [["SSH_CLIENT=203.0.113.77 52677 22"], "203.0.113.77"],
  [["SSH_CLIENT=198.51.100.1 1 22", "SSH_CONNECTION=203.0.113.77 1 10.0.0.1 22"], "203.0.113.77"],
  [["SSH_CONNECTION=2001:db8::17 52677 2001:db8::1 22"], "2001:db8::17"],
  [["SSH_CONNECTION=fe80::aff:fe14:b%eth0 52677 fe80::1%eth0 22"], "fe80::aff:fe14:b"],
  [["SSH_CONNECTION=::ffff:203.0.113.77 1 10.0.0.1 22"], "203.0.113.77"],
  [["SSH_CONNECTION="], undefined],
  [["SSH_CONNECTION=UNKNOWN 65535 UNKNOWN 65535"], undefined],
  [["SSH_CONNECTION=\u001b[31m 1 2 3"], undefined],
  [["XSSH_CONNECTION=203.0.113.77 1 10.0.0.1 22"], undefined],
  [[], undefined],
  [undefined, undefined],
] as const)("%j comes from %s", ([environment, address]) => {
  expect(sshClient(environment)).toBe(address);
});
