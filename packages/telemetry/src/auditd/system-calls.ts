/** The calls that say what the session model wants to know. */
export type SystemCall = keyof (typeof x86_64)["calls"];

interface Convention {
  /** As audit numbers it: `AUDIT_ARCH_…` of `include/uapi/linux/audit.h`. */
  readonly architecture: number;
  readonly calls: Readonly<Partial<Record<string, number>>>;
}

/** Numbers of calls. Source: `arch/x86/entry/syscalls`, `include/uapi/asm-generic/unistd.h` and `arch/arm/tools/syscall.tbl` of Linux. */
const x86_64 = {
  architecture: 0xc000003e,
  calls: {
    open: 2,
    socket: 41,
    connect: 42,
    accept: 43,
    execve: 59,
    rename: 82,
    creat: 85,
    unlink: 87,
    setuid: 105,
    setgid: 106,
    setsid: 112,
    setreuid: 113,
    setregid: 114,
    setresuid: 117,
    setresgid: 119,
    exit_group: 231,
    openat: 257,
    unlinkat: 263,
    renameat: 264,
    accept4: 288,
    renameat2: 316,
    execveat: 322,
    openat2: 437,
    socketcall: undefined,
  },
} as const;

/** 32-bit ids of users and groups; the calls with 16-bit ones have been out of use for twenty years. */
const i386 = {
  architecture: 0x40000003,
  calls: {
    open: 5,
    creat: 8,
    unlink: 10,
    execve: 11,
    rename: 38,
    setsid: 66,
    socketcall: 102,
    setreuid: 203,
    setregid: 204,
    setresuid: 208,
    setresgid: 210,
    setuid: 213,
    setgid: 214,
    exit_group: 252,
    openat: 295,
    unlinkat: 301,
    renameat: 302,
    renameat2: 353,
    execveat: 358,
    socket: 359,
    connect: 362,
    accept4: 364,
    openat2: 437,
  },
} as const;

const aarch64 = {
  architecture: 0xc00000b7,
  calls: {
    unlinkat: 35,
    renameat: 38,
    openat: 56,
    exit_group: 94,
    setregid: 143,
    setgid: 144,
    setreuid: 145,
    setuid: 146,
    setresuid: 147,
    setresgid: 149,
    setsid: 157,
    socket: 198,
    accept: 202,
    connect: 203,
    execve: 221,
    accept4: 242,
    renameat2: 276,
    execveat: 281,
    openat2: 437,
  },
} as const;

const arm = {
  architecture: 0x40000028,
  calls: {
    open: 5,
    creat: 8,
    unlink: 10,
    execve: 11,
    rename: 38,
    setsid: 66,
    setreuid: 203,
    setregid: 204,
    setresuid: 208,
    setresgid: 210,
    setuid: 213,
    setgid: 214,
    exit_group: 248,
    socket: 281,
    connect: 283,
    accept: 285,
    openat: 322,
    unlinkat: 328,
    renameat: 329,
    accept4: 366,
    renameat2: 382,
    execveat: 387,
    openat2: 437,
  },
} as const;

/** The kinds of programs that run on a machine, by its name in Node (`process.arch`). */
export const auditConventions = { x64: [x86_64, i386], arm64: [aarch64, arm] } as const satisfies Readonly<
  Record<string, readonly Convention[]>
>;

const byArchitecture = new Map(
  Object.values(auditConventions)
    .flat()
    .map(({ architecture, calls }) => [
      architecture.toString(16),
      new Map(Object.entries(calls).map(([name, number]) => [String(number), name as SystemCall])),
    ]),
);

/** The call in the fields `arch` and `syscall` of a record; undefined for one that is not read here. */
export function systemCallOf(arch: string | undefined, number: string | undefined): SystemCall | undefined {
  return arch === undefined || number === undefined ? undefined : byArchitecture.get(arch)?.get(number);
}
