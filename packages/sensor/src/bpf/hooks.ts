import { SourceUnavailable } from "../source-unavailable.ts";
import { architecture } from "./architecture.ts";
import type { Instruction } from "./assembler.ts";
import { ProgramBuilder, type Target } from "./program-builder.ts";
import { writeConnect } from "./programs/connect.ts";
import { writeDisconnect } from "./programs/disconnect.ts";
import { type ExecOptions, writeExec } from "./programs/exec.ts";
import { writeExit } from "./programs/exit.ts";
import { writeFork } from "./programs/fork.ts";
import { type SystemCallOptions, writeSystemCall } from "./programs/system-call.ts";

/** A program, and the tracepoint that it runs at. */
export interface Hook {
  readonly name: string;
  readonly tracepoint: string;
  readonly write: (b: ProgramBuilder) => void;
}

/** The programs that there are. */
export function hooks(options: ExecOptions & SystemCallOptions): readonly Hook[] {
  const calls = (b: ProgramBuilder) => writeSystemCall(b, architecture(), options);
  return [
    { name: "fork", tracepoint: "sched_process_fork", write: writeFork },
    { name: "exec", tracepoint: "sched_process_exec", write: (b) => writeExec(b, options) },
    { name: "exit", tracepoint: "sched_process_exit", write: writeExit },
    { name: "call", tracepoint: "sys_exit", write: calls },
    ...(options.network
      ? [
          { name: "connect", tracepoint: "inet_sock_set_state", write: writeConnect },
          { name: "close", tracepoint: "inet_sock_set_state", write: writeDisconnect },
        ]
      : []),
  ];
}

/** Puts a program together. `number` tells it from the other ones that share the maps. */
export function assemble(hook: Hook, target: Target, number: number): readonly Instruction[] {
  if (target.types.tracepointArguments(hook.tracepoint) === undefined)
    throw new SourceUnavailable(`this kernel has no tracepoint ${hook.tracepoint}`);
  const builder = new ProgramBuilder(target, number);
  hook.write(builder);
  return builder.finish();
}
