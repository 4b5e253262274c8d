import { SourceUnavailable } from "../source-unavailable.ts";

/** System calls that the sensor looks at when they return. */
export const watchedCalls = [
  "setsid",
  "setuid",
  "setgid",
  "setreuid",
  "setregid",
  "setresuid",
  "setresgid",
  "open",
  "creat",
  "openat",
  "openat2",
  "rename",
  "renameat",
  "renameat2",
  "unlink",
  "unlinkat",
  "connect",
  "accept",
  "accept4",
] as const;

export type WatchedCall = (typeof watchedCalls)[number];

/** How programs of one kind call the kernel. */
export interface CallingConvention {
  /** Members of struct pt_regs that hold, still when the call returns, its number and its first four arguments. */
  readonly number: string;
  readonly arguments: readonly [string, string, string, string];
  /** Some calls have several numbers: of 16-bit and of 32-bit user ids. */
  readonly numbers: Readonly<Partial<Record<WatchedCall, readonly number[]>>>;
}

export interface Architecture {
  readonly native: CallingConvention;
  /** 32-bit programs, and how the kernel marks that the current call is one of theirs. */
  readonly compat: CallingConvention & { readonly member: string; readonly mask: number };
  /** The numbers of calls that the sensor itself makes. */
  readonly bpf: number;
  readonly capget: number;
  readonly capset: number;
  readonly prctl: number;
  readonly prlimit64: number;
}

const x64: Architecture = {
  native: {
    number: "orig_ax",
    arguments: ["di", "si", "dx", "r10"],
    numbers: {
      open: [2],
      connect: [42],
      accept: [43],
      rename: [82],
      creat: [85],
      unlink: [87],
      setuid: [105],
      setgid: [106],
      setsid: [112],
      setreuid: [113],
      setregid: [114],
      setresuid: [117],
      setresgid: [119],
      openat: [257],
      unlinkat: [263],
      renameat: [264],
      accept4: [288],
      renameat2: [316],
      openat2: [437],
    },
  },
  compat: {
    member: "thread_info.status",
    mask: 0x2, // TS_COMPAT
    number: "orig_ax",
    arguments: ["bx", "cx", "dx", "si"],
    numbers: {
      open: [5],
      creat: [8],
      unlink: [10],
      setuid: [23, 213],
      rename: [38],
      setgid: [46, 214],
      setsid: [66],
      setreuid: [70, 203],
      setregid: [71, 204],
      setresuid: [164, 208],
      setresgid: [170, 210],
      openat: [295],
      unlinkat: [301],
      renameat: [302],
      renameat2: [353],
      connect: [362],
      accept4: [364],
      openat2: [437],
    },
  },
  bpf: 321,
  capget: 125,
  capset: 126,
  prctl: 157,
  prlimit64: 302,
};

// From the kernel's headers; no arm64 machine has run this yet.
const arm64: Architecture = {
  native: {
    number: "syscallno",
    arguments: ["orig_x0", "regs[1]", "regs[2]", "regs[3]"],
    numbers: {
      unlinkat: [35],
      renameat: [38],
      openat: [56],
      setregid: [143],
      setgid: [144],
      setreuid: [145],
      setuid: [146],
      setresuid: [147],
      setresgid: [149],
      setsid: [157],
      accept: [202],
      connect: [203],
      accept4: [242],
      renameat2: [276],
      openat2: [437],
    },
  },
  compat: {
    member: "thread_info.flags",
    mask: 1 << 22, // TIF_32BIT
    number: "syscallno",
    arguments: ["orig_x0", "regs[1]", "regs[2]", "regs[3]"],
    numbers: {
      open: [5],
      creat: [8],
      unlink: [10],
      setuid: [23, 213],
      rename: [38],
      setgid: [46, 214],
      setsid: [66],
      setreuid: [70, 203],
      setregid: [71, 204],
      setresuid: [164, 208],
      setresgid: [170, 210],
      connect: [283],
      accept: [285],
      openat: [322],
      unlinkat: [328],
      renameat: [329],
      accept4: [366],
      renameat2: [382],
      openat2: [437],
    },
  },
  bpf: 280,
  capget: 90,
  capset: 91,
  prctl: 167,
  prlimit64: 261,
};

/** Throws SourceUnavailable for any but x86-64 and arm64. */
export function architecture(name: string = process.arch): Architecture {
  if (name === "x64") return x64;
  if (name === "arm64") return arm64;
  throw new SourceUnavailable(`eBPF programs are only made for x86-64 and arm64, and this is ${name}`);
}
