import { isIP } from "node:net";
import fc from "fast-check";
import { expect, test } from "vitest";
import { formatIp, parseCidr, parseIp } from "./ip.ts";

function keyOf(...bytes: readonly number[]): string {
  return String.fromCharCode(...bytes);
}

function ipv4(...bytes: readonly number[]): string {
  return keyOf(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, ...bytes);
}

function ipv6(...groups: readonly number[]): string {
  return keyOf(...groups.flatMap((group) => [group >> 8, group & 255]));
}

test.for([
  ["0.0.0.0", ipv4(0, 0, 0, 0)],
  ["10.0.200.1", ipv4(10, 0, 200, 1)],
  ["255.255.255.255", ipv4(255, 255, 255, 255)],
  ["::", ipv6(0, 0, 0, 0, 0, 0, 0, 0)],
  ["::1", ipv6(0, 0, 0, 0, 0, 0, 0, 1)],
  ["1::", ipv6(1, 0, 0, 0, 0, 0, 0, 0)],
  ["2001:db8::8:800:200c:417a", ipv6(0x2001, 0xdb8, 0, 0, 8, 0x800, 0x200c, 0x417a)],
  ["2001:DB8:0:0:0008:0800:200C:417A", ipv6(0x2001, 0xdb8, 0, 0, 8, 0x800, 0x200c, 0x417a)],
  ["1:2:3:4:5:6:7::", ipv6(1, 2, 3, 4, 5, 6, 7, 0)],
  ["::2:3:4:5:6:7:8", ipv6(0, 2, 3, 4, 5, 6, 7, 8)],
  ["ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", keyOf(...Array.from({ length: 16 }, () => 255))],
  // IPv4 inside of IPv6. The mapped form is the IPv4 address.
  ["::ffff:10.0.200.1", ipv4(10, 0, 200, 1)],
  ["::ffff:a00:c801", ipv4(10, 0, 200, 1)],
  ["0:0:0:0:0:ffff:10.0.200.1", ipv4(10, 0, 200, 1)],
  ["::10.0.200.1", ipv6(0, 0, 0, 0, 0, 0, 0xa00, 0xc801)],
  ["64:ff9b::10.0.200.1", ipv6(0x64, 0xff9b, 0, 0, 0, 0, 0xa00, 0xc801)],
] as const)("%s is read", ([text, key]) => {
  expect(parseIp(text)).toBe(key);
});

const noAddress = [
  "",
  "localhost",
  "10",
  "10.0.0",
  "10.0.0.0.0",
  "10.0.0.",
  ".10.0.0",
  "10..0.0",
  "10.0.0.256",
  "10.0.0.1000",
  "010.0.0.1",
  "10.0.0.00",
  "10.0.0.-1",
  "10.0.0.+1",
  "10.0.0.0x1",
  " 10.0.0.1",
  "10.0.0.1 ",
  "10.0.0.1/32",
  "10.0.0.1:80",
  "١٠.٠.٠.١",
  ":",
  ":::",
  "1:",
  ":1",
  "1:2:3:4:5:6:7",
  "1:2:3:4:5:6:7:8:9",
  "1:2:3:4:5:6:7:8::",
  "::1:2:3:4:5:6:7:8",
  "1::2:3:4:5:6:7:8",
  "1::2::3",
  "1:::2",
  ":1::2",
  "1::2:",
  "12345::",
  "g::",
  "::-1",
  "::1%eth0",
  "fe80::1%1",
  "[::1]",
  "::10.0.0",
  "::10.0.0.256",
  "::10.0.0.01",
  "10.0.0.1::",
  "1:10.0.0.1:2:3:4:5:6",
  "1:2:3:4:5:6:7:10.0.0.1",
  "::ffff:10.0.0.1:1",
  ":".repeat(100_000),
  "1:".repeat(100_000),
  "1".repeat(100_000),
];

test.for(noAddress)("case %#: %s is no address", (text) => {
  expect(parseIp(text)).toBeUndefined();
});

test.for([
  ["10.0.0.0/8", ipv4(10, 0, 0, 0), ipv4(10, 255, 255, 255)],
  ["10.1.2.3/8", ipv4(10, 0, 0, 0), ipv4(10, 255, 255, 255)],
  ["172.16.0.0/12", ipv4(172, 16, 0, 0), ipv4(172, 31, 255, 255)],
  ["192.168.1.77/31", ipv4(192, 168, 1, 76), ipv4(192, 168, 1, 77)],
  ["192.168.1.77/32", ipv4(192, 168, 1, 77), ipv4(192, 168, 1, 77)],
  ["0.0.0.0/0", ipv4(0, 0, 0, 0), ipv4(255, 255, 255, 255)],
  ["fe80::/10", ipv6(0xfe80, 0, 0, 0, 0, 0, 0, 0), ipv6(0xfebf, ...Array.from({ length: 7 }, () => 0xffff))],
  ["::1/128", ipv6(0, 0, 0, 0, 0, 0, 0, 1), ipv6(0, 0, 0, 0, 0, 0, 0, 1)],
  ["::/0", ipv6(0, 0, 0, 0, 0, 0, 0, 0), ipv6(...Array.from({ length: 8 }, () => 0xffff))],
  ["::ffff:10.0.0.0/104", ipv4(10, 0, 0, 0), ipv4(10, 255, 255, 255)],
] as const)("the block %s is read", ([text, low, high]) => {
  expect(parseCidr(text)).toEqual({ low, high });
});

test.for([
  "",
  "/",
  "/8",
  "10.0.0.0",
  "10.0.0.0/",
  "10.0.0.0/33",
  "10.0.0.0/-1",
  "10.0.0.0/+8",
  "10.0.0.0/8.0",
  "10.0.0.0/ 8",
  "10.0.0.0/8/8",
  "10.0.0.0/255.0.0.0",
  "10.0.0/8",
  "::/129",
  "::/",
  "::1%eth0/64",
  `10.0.0.0/${"0".repeat(100_000)}`,
])("case %#: %s is no block", (text) => {
  expect(parseCidr(text)).toBeUndefined();
});

const bytes = (length: number): fc.Arbitrary<number[]> =>
  fc.array(fc.nat(255), { minLength: length, maxLength: length });
const groups = fc.array(fc.oneof(fc.constant(0), fc.nat(0xffff)), { minLength: 8, maxLength: 8 });

test("addresses are read back from the form in which they are written", () => {
  fc.assert(
    fc.property(bytes(4), groups, (four, eight) => {
      expect(parseIp(four.join("."))).toBe(ipv4(...four));
      expect(formatIp(ipv4(...four))).toBe(four.join("."));
      const key = ipv6(...eight);
      expect(parseIp(eight.map((group) => group.toString(16)).join(":"))).toBe(key);
      expect(parseIp(formatIp(key))).toBe(key);
    }),
    { numRuns: 500 },
  );
});

// Source: RFC 5952, section 4.
test.for([
  ["2001:0db8:0:0:0:0:0002:0001", "2001:db8::2:1"],
  ["2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"],
  ["2001:0:0:1:0:0:0:1", "2001:0:0:1::1"],
  ["2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"],
  ["0:0:1:2:3:4:5:6", "::1:2:3:4:5:6"],
  ["1:2:3:4:5:6:0:0", "1:2:3:4:5:6::"],
  ["10:0:0:10:0:0:0:0", "10:0:0:10::"],
  ["0:0:0:0:0:0:0:0", "::"],
  ["2001:DB8::A", "2001:db8::a"],
  ["::ffff:10.0.0.1", "10.0.0.1"],
] as const)("%s is written %s", ([text, shortest]) => {
  expect(formatIp(parseIp(text) ?? "")).toBe(shortest);
});

test("it takes the texts that Node takes, but for zones", () => {
  const fragment = fc.constantFrom(
    "::",
    ":",
    ".",
    "0",
    "1",
    "255",
    "256",
    "ffff",
    "10.0.0.1",
    "::ffff:",
    "00",
    "g",
  );
  fc.assert(
    fc.property(
      fc.array(fragment, { maxLength: 12 }).map((parts) => parts.join("")),
      (text) => {
        expect(parseIp(text) !== undefined).toBe(isIP(text) !== 0);
      },
    ),
    { numRuns: 3000 },
  );
});

test("keys are ordered as addresses are", () => {
  fc.assert(
    fc.property(bytes(4), bytes(4), (a, b) => {
      const number = (parts: readonly number[]): number => parts.reduce((sum, byte) => sum * 256 + byte, 0);
      expect(ipv4(...a) < ipv4(...b)).toBe(number(a) < number(b));
    }),
  );
});

test("a block holds the addresses that share its first bits, and no others", () => {
  const bitsOf = (parts: readonly number[]): string =>
    parts.map((byte) => byte.toString(2).padStart(8, "0")).join("");
  fc.assert(
    fc.property(bytes(4), bytes(4), fc.nat(32), fc.boolean(), (block, address, length, isNear) => {
      // A near address differs from the block's own in the last two bytes alone.
      const other = isNear ? [...block.slice(0, 2), ...address.slice(2)] : address;
      const range = parseCidr(`${block.join(".")}/${length}`);
      const key = ipv4(...other);
      const isInside = range !== undefined && range.low <= key && key <= range.high;
      expect(isInside).toBe(bitsOf(block).slice(0, length) === bitsOf(other).slice(0, length));
    }),
    { numRuns: 500 },
  );
});

test("no text makes it fail", () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(..."0123456789abcdefg.:/% -") }), (text) => {
      expect([16, undefined]).toContain(parseIp(text)?.length);
      expect([16, undefined]).toContain(parseCidr(text)?.low.length);
    }),
  );
});
