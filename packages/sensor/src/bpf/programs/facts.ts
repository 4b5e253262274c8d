import { helpers, Label } from "../assembler.ts";
import { layouts } from "../layout.ts";
import type { Pointer, ProgramBuilder } from "../program-builder.ts";

// The same in every record that says something about a task.
const { fields } = layouts.setsid;

/** Fills in what every record says of the process that a task belongs to. */
export function writeFacts(b: ProgramBuilder, task: Pointer): void {
  const leader = b.pointer(task, "group_leader");
  const parent = b.pointer(leader, "real_parent");
  const signal = b.pointer(task, "signal");
  b.copy(fields.pid, task, "tgid");
  b.copy(fields.startNs, leader, "start_boottime");
  b.copy(fields.ppid, parent, "tgid");
  b.copy(fields.parentStartNs, parent, "group_leader->start_boottime");
  // PIDTYPE_PGID and PIDTYPE_SID; numbers[0] is the id in the initial namespace.
  b.copy(fields.pgid, signal, "pids[2]->numbers[0].nr");
  b.copy(fields.sid, signal, "pids[3]->numbers[0].nr");
  writeOwnIds(b, leader);
  b.copy(fields.mountNamespace, task, "nsproxy->mnt_ns->ns.inum");
  b.copy(fields.networkNamespace, task, "nsproxy->net_ns->ns.inum");
  writeCredentials(b, b.pointer(task, "cred"));
  b.copy(fields.comm, task, "comm");
  b.copy(fields.cgroupId, task, `cgroups->${b.cgroup}->kn->id`);
  writeTerminal(b, signal);
}

/** The process's id in its own pid namespace, which is the last of as many as the namespace is deep, and that namespace. */
function writeOwnIds(b: ProgramBuilder, leader: Pointer): void {
  const pid = b.pointer(leader, "thread_pid");
  b.number("r7", pid, "level");
  const last = b.shifted(pid, "pid", (register) => {
    const step = b.types.path("pid", "numbers[1]").offsets[0] - b.types.path("pid", "numbers[0]").offsets[0];
    b.asm.multiply("r7", step).add(register, "r7");
  });
  b.copy(fields.vpid, last, "numbers[0].nr");
  b.copy(fields.pidNamespace, last, "numbers[0].ns->ns.inum");
}

function writeCredentials(b: ProgramBuilder, credentials: Pointer): void {
  for (const id of ["uid", "euid", "suid", "gid", "egid", "sgid"] as const)
    b.copy(fields[id], credentials, id);
  b.copy(fields.capabilitiesEffective, credentials, "cap_effective");
  b.copy(fields.capabilitiesPermitted, credentials, "cap_permitted");
}

function writeTerminal(b: ProgramBuilder, signal: Pointer): void {
  const none = new Label();
  const tty = b.pointer(signal, "tty");
  b.load("r1", tty.slot).asm.jumpIf("r1", "==", 0, none);
  const driver = b.pointer(tty, "driver");
  b.number("r7", driver, "minor_start");
  b.number("r9", tty, "index").asm.add("r7", "r9");
  b.number("r9", driver, "major").asm.shiftLeft("r9", 20).or("r7", "r9");
  b.put(fields.tty, "r7").asm.place(none);
}

/** Leaves the program when the current task is not the first of its process. */
export function requireFirstThread(b: ProgramBuilder): void {
  b.asm
    .call(helpers.getCurrentPidTgid)
    .move("r1", "r0")
    .shiftRight("r1", 32)
    .jumpIf32("r0", "!=", "r1", b.out);
}
