import { helpers } from "../assembler.ts";
import { layouts } from "../layout.ts";
import type { ProgramBuilder } from "../program-builder.ts";
import { writeFacts } from "./facts.ts";

const { fields } = layouts.fork;

/** `sched_process_fork(parent, child)`: runs in the process that forks, before the child does anything. */
export function writeFork(b: ProgramBuilder): void {
  const child = b.argument(1, "task_struct");
  // A thread is no process.
  b.number("r7", child, "pid");
  b.number("r9", child, "tgid").asm.jumpIf("r7", "!=", "r9", b.out);
  b.beginRecord("fork");
  writeFacts(b, child);
  // Not the child's parent where clone was called with CLONE_PARENT, as runc does.
  b.asm.call(helpers.getCurrentPidTgid).shiftRight("r0", 32);
  b.put(fields.forkerPid, "r0").emit();
}
