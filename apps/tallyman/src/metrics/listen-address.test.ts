import { expect, test } from "vitest";
import { ListenAddress } from "./listen-address.ts";

test.each([
  ["9464", "127.0.0.1:9464"],
  [":9464", "127.0.0.1:9464"],
  ["127.0.0.1:0", "127.0.0.1:0"],
  ["localhost:65535", "localhost:65535"],
  ["0.0.0.0:09464", "0.0.0.0:9464"],
  ["[::1]:9464", "[::1]:9464"],
  ["unix:/run/tallyman/metrics.sock", "unix:/run/tallyman/metrics.sock"],
  ["unix:/a:9464", "unix:/a:9464"],
])("%s is an address, written as %s", (text, written) => {
  const address = ListenAddress.parse(text);
  expect(String(address)).toBe(written);
  expect(ListenAddress.parse(written)).toEqual(address);
});

test.each([
  "",
  "65536",
  "host",
  "host:",
  "host:x",
  "-1",
  "::1:9464",
  "[localhost]:9464",
  "[:::]:9464",
  "http://127.0.0.1:9464",
  "127.0.0.1:9464/metrics",
  "a b:9464",
  "unix:metrics.sock",
  "unix:/",
  "unix:",
  "unix:/a\0b",
])("%j is none", (text) => {
  expect(ListenAddress.parse(text)).toBeUndefined();
});
