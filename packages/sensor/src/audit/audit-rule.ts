import { auditConventions } from "@tallyman/telemetry";
import { SourceUnavailable } from "../source-unavailable.ts";
import { ruleKey } from "./rule-key.ts";

type Convention = (typeof auditConventions)[keyof typeof auditConventions][number];

// Of struct audit_rule_data (include/uapi/linux/audit.h): flags, action and number of fields, a mask of calls, then of each field its kind, value and
// operator, the length of the texts and the texts.
const fieldsMax = 64;
const fieldCountAt = 8;
const [maskAt, fieldsAt, valuesAt, operatorsAt] = [12, 268, 524, 780] as const;
const textLengthAt = 1036;
const textsAt = 1040;
const exitFilter = 4; // AUDIT_FILTER_EXIT
const always = 2; // AUDIT_ALWAYS
const equal = 0x40000000; // AUDIT_EQUAL
const field = { architecture: 11, key: 210 } as const;

/** The rules that report every exec, as the kernel takes them. Throws SourceUnavailable. */
export function ownRules(): readonly Buffer[] {
  const here: readonly Convention[] | undefined = Object.entries(auditConventions).find(
    ([arch]) => arch === process.arch,
  )?.[1];
  if (here === undefined) throw new SourceUnavailable(`audit is not known on ${process.arch}`);
  return here.map(ruleFor);
}

/** Whether a rule that the kernel has is one of these, from whichever run: its key is ours, and it has no other text, as a path would be. */
export function isOwnRule(rule: Buffer): boolean {
  if (rule.length < textsAt) return false;
  const texts = rule.toString("latin1", textsAt, textsAt + rule.readUInt32LE(textLengthAt));
  const count = Math.min(rule.readUInt32LE(fieldCountAt), fieldsMax);
  const kinds = Array.from({ length: count }, (_, i) => rule.readUInt32LE(fieldsAt + i * 4));
  return texts === ruleKey && kinds.includes(field.key);
}

/** `always,exit` for some calls of one architecture, with our key. */
function ruleFor({ architecture, calls }: Convention): Buffer {
  const fields = [
    { kind: field.architecture, value: architecture },
    { kind: field.key, value: ruleKey.length },
  ];
  const bytes = Buffer.alloc(textsAt + ruleKey.length);
  bytes.writeUInt32LE(exitFilter, 0);
  bytes.writeUInt32LE(always, 4);
  bytes.writeUInt32LE(fields.length, fieldCountAt);
  for (const call of [calls.execve, calls.execveat]) {
    const at = maskAt + (call >> 5) * 4;
    bytes.writeUInt32LE((bytes.readUInt32LE(at) | (1 << (call & 31))) >>> 0, at);
  }
  for (const [i, { kind, value }] of fields.entries()) {
    bytes.writeUInt32LE(kind, fieldsAt + i * 4);
    bytes.writeUInt32LE(value, valuesAt + i * 4);
    bytes.writeUInt32LE(equal, operatorsAt + i * 4);
  }
  bytes.writeUInt32LE(ruleKey.length, textLengthAt);
  bytes.write(ruleKey, textsAt, "latin1");
  return bytes;
}
