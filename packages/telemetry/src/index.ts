export { auditText } from "./auditd/audit-fields.ts";
export { parseAuditMessage } from "./auditd/audit-record.ts";
export { type AuditEvent, EventAssembler, isPartOfEvent } from "./auditd/event-assembler.ts";
export { execOf, hasSucceeded } from "./auditd/process-facts.ts";
export { auditConventions } from "./auditd/system-calls.ts";
export {
  type ForeignFormat,
  type ForeignFormatId,
  foreignFormats,
  formatOfLine,
  formatOfObject,
} from "./formats.ts";
export type { ReaderReport, RecordReader } from "./record-reader.ts";
