import { Label } from "../assembler.ts";
import { layouts } from "../layout.ts";
import type { ProgramBuilder } from "../program-builder.ts";
import { writeFacts } from "./facts.ts";

const { fields } = layouts.exit;
const signalGroupExit = 0x4;

/**
 * `sched_process_exit(task, group_dead)`: the last thread of a process ends. Kernels before 6.16 do not say `group_dead`; there, two threads
 * that end at the same time can both look like the last one.
 */
export function writeExit(b: ProgramBuilder): void {
  const task = b.argument(0, "task_struct");
  if (b.types.tracepointArguments("sched_process_exit") === 2) {
    b.loadArgument("r1", 1).asm.and("r1", 0xff).jumpIf("r1", "==", 0, b.out);
  } else {
    b.number("r1", task, "signal->live.counter").asm.jumpIf32("r1", "!=", 0, b.out);
  }
  b.beginRecord("exit");
  writeFacts(b, task);
  // As wait(2) finds it: what ended the process as a whole, else how its first thread ended.
  const single = new Label();
  const emit = new Label();
  const signal = b.pointer(task, "signal");
  b.number("r1", signal, "flags").asm.and("r1", signalGroupExit).jumpIf("r1", "==", 0, single);
  b.copy(fields.status, signal, "group_exit_code").asm.jump(emit).place(single);
  b.copy(fields.status, task, "group_leader->exit_code").asm.place(emit);
  b.emit();
}
