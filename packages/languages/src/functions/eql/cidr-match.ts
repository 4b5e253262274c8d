import { parseCidr, parseIp } from "@tallyman/ecs";
import { defineFunction } from "../define-function.ts";

export const cidrMatch = defineFunction({
  name: "cidrMatch",
  summary: "True when an IP address lies in any of the given blocks.",
  source: "Elastic EQL function reference: cidrMatch",
  parameters: [
    { name: "address", type: "ip", summary: "A field of type ip" },
    {
      name: "block",
      type: "text",
      isVariadic: true,
      isConstant: true,
      summary: "A block such as `10.0.0.0/8` or `fe80::/10`, or one address",
    },
  ],
  returns: "boolean",
  hasCaseVariant: false,
  examples: [
    [`cidrMatch("172.16.4.9", "172.16.0.0/12")`, true],
    [`cidrMatch("172.16.4.9", "192.168.0.0/16", "172.16.4.9")`, true],
    [`cidrMatch("2001:db8::1", "10.0.0.0/8")`, false],
    [`cidrMatch(null, "10.0.0.0/8")`, null],
  ],
  onField: { kind: "blocks" },
  evaluate([address, ...blocks]) {
    const ip = parseIp(address);
    if (ip === undefined) return null;
    return blocks.some((block) => {
      const range = parseCidr(block);
      return range === undefined ? parseIp(block) === ip : ip >= range.low && ip <= range.high;
    });
  },
});
