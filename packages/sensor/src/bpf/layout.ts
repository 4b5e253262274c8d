/** Where a field of a record lies, in bytes. */
export interface Field {
  readonly offset: number;
  readonly size: number;
}

/** The fields of a record, in their order, aligned to their sizes. Texts of varying length follow behind `size`. */
export interface Layout<Name extends string> {
  readonly fields: Readonly<Record<Name, Field>>;
  readonly size: number;
}

/** Ring records begin with one of these. 0 would be a record that no program wrote. */
export const recordKinds = {
  fork: 1,
  exec: 2,
  exit: 3,
  setsid: 4,
  ids: 5,
  connect: 6,
  accept: 7,
  disconnect: 8,
  create: 9,
  rename: 10,
  delete: 11,
  connected: 12,
  open: 13,
} as const;

/** Who opened a connection. */
export const directions = { egress: 1, ingress: 2 } as const;

export type RecordKind = keyof typeof recordKinds;

/** What every record says of the process; zero where a program does not know it. */
const common = {
  kind: 4,
  pid: 4,
  atNs: 8,
  startNs: 8,
  parentStartNs: 8,
  cgroupId: 8,
  ppid: 4,
  pgid: 4,
  sid: 4,
  vpid: 4,
  /** The controlling terminal as major << 20 | minor; 0 for none. */
  tty: 4,
  // From here to `networkNamespace` stands what many processes have in common.
  uid: 4,
  euid: 4,
  suid: 4,
  gid: 4,
  egid: 4,
  sgid: 4,
  pidNamespace: 4,
  capabilitiesEffective: 8,
  capabilitiesPermitted: 8,
  mountNamespace: 4,
  networkNamespace: 4,
  comm: 16,
} as const;

/** A text behind the fixed fields: its bytes, NUL included. */
const text = <Name extends string>(name: Name) => ({ [`${name}Length`]: 2 }) as Record<`${Name}Length`, 2>;

/**
 * A path as the names of its directories from the last to the first, each ended by NUL. Cut is 1 when the first ones are missing because it is too
 * long or too deep.
 */
const path = <Name extends string>(name: Name) =>
  ({ [`${name}Length`]: 2, [`${name}Cut`]: 2 }) as Record<`${Name}Length` | `${Name}Cut`, 2>;

const connection = {
  /** Both in network byte order, as ports are in the kernel. */
  localPort: 2,
  remotePort: 2,
  family: 4,
  /** The first four bytes for IPv4. */
  localAddress: 16,
  remoteAddress: 16,
  /** The address of the kernel's socket: tells connections apart, and nothing else. */
  socket: 8,
} as const;

/**
 * The records that programs put into the ring and the decoder reads: one table for both. Texts follow behind the fixed fields in the order of
 * their lengths here.
 */
export const layouts = {
  fork: layout({ ...common, forkerPid: 4 }),
  exec: layout({
    ...common,
    device0: 4,
    device1: 4,
    device2: 4,
    isScript: 4,
    /** The bytes that the kernel has of them; longer than the text when that is cut. */
    argsSize: 4,
    environmentSize: 4,
    ...text("args"),
    ...text("filename"),
    ...path("resolvedPath"),
    ...path("workingDirectory"),
    ...path("cgroup"),
    ...text("environment"),
  }),
  /** In the form that wait(2) gives. */
  exit: layout({ ...common, status: 4 }),
  setsid: layout(common),
  ids: layout(common),
  connect: layout({ ...common, ...connection }),
  accept: layout({ ...common, ...connection }),
  disconnect: layout({ ...common, ...connection, direction: 4 }),
  /** Tells the source port of a connection that was reported before the kernel had chosen one. */
  connected: layout({ ...common, ...connection }),
  create: layout({ ...common, ...path("path") }),
  open: layout({ ...common, ...path("path") }),
  /** Names as they were given; the directories from which those that are relative count. */
  rename: layout({
    ...common,
    ...text("oldName"),
    ...path("oldDirectory"),
    ...text("name"),
    ...path("directory"),
  }),
  delete: layout({ ...common, ...text("name"), ...path("directory") }),
};

function layout<Name extends string>(sizes: Readonly<Record<Name, number>>): Layout<Name> {
  const fields: Partial<Record<Name, Field>> = {};
  let offset = 0;
  for (const [name, size] of Object.entries<number>(sizes)) {
    const alignment = Math.min(size, 8);
    offset = Math.ceil(offset / alignment) * alignment;
    fields[name as Name] = { offset, size };
    offset += size;
  }
  return { fields: fields as Record<Name, Field>, size: Math.ceil(offset / 8) * 8 };
}
