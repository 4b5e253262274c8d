/** By number. Source: Linux `include/uapi/linux/capability.h`. */
const names = [
  "CHOWN",
  "DAC_OVERRIDE",
  "DAC_READ_SEARCH",
  "FOWNER",
  "FSETID",
  "KILL",
  "SETGID",
  "SETUID",
  "SETPCAP",
  "LINUX_IMMUTABLE",
  "NET_BIND_SERVICE",
  "NET_BROADCAST",
  "NET_ADMIN",
  "NET_RAW",
  "IPC_LOCK",
  "IPC_OWNER",
  "SYS_MODULE",
  "SYS_RAWIO",
  "SYS_CHROOT",
  "SYS_PTRACE",
  "SYS_PACCT",
  "SYS_ADMIN",
  "SYS_BOOT",
  "SYS_NICE",
  "SYS_RESOURCE",
  "SYS_TIME",
  "SYS_TTY_CONFIG",
  "MKNOD",
  "LEASE",
  "AUDIT_WRITE",
  "AUDIT_CONTROL",
  "SETFCAP",
  "MAC_OVERRIDE",
  "MAC_ADMIN",
  "SYSLOG",
  "WAKE_ALARM",
  "BLOCK_SUSPEND",
  "AUDIT_READ",
  "PERFMON",
  "BPF",
  "CHECKPOINT_RESTORE",
].map((name) => `CAP_${name}`);

/** The names of a mask's capabilities, by number; of one that has no name yet, `CAP_` and its number. */
export function capabilityNames(mask: bigint): readonly string[] {
  const found: string[] = [];
  let rest = BigInt.asUintN(64, mask);
  for (let number = 0; rest !== 0n; number++, rest >>= 1n) {
    if ((rest & 1n) === 1n) found.push(names[number] ?? `CAP_${number}`);
  }
  return found;
}

const masksMax = 256;

/** The same, remembering the few masks that processes really have. */
export class CapabilityNames {
  readonly #known = new Map<bigint, readonly string[]>();

  of(mask: bigint): readonly string[] {
    let found = this.#known.get(mask);
    if (found === undefined) {
      if (this.#known.size >= masksMax) this.#known.clear();
      found = capabilityNames(mask);
      this.#known.set(mask, found);
    }
    return found;
  }
}
