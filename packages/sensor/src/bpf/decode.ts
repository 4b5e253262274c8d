import type {
  CharDevice,
  Endpoint,
  ExecEvent,
  ExitEvent,
  FileEvent,
  ForkEvent,
  KernelEvent,
  NetworkEvent,
  ProcessFacts,
} from "@tallyman/session-model";
import type { KeepsVariable } from "../environment.ts";
import { howItEnded } from "../exit-status.ts";
import { listOfTexts } from "../text-list.ts";
import { directions, layouts, type RecordKind, recordKinds } from "./layout.ts";
import { RecordReader } from "./record-reader.ts";
import { recordsIn } from "./ring.ts";

const kinds = new Map<number, RecordKind>(
  Object.entries(recordKinds).map(([kind, number]) => [number, kind as RecordKind]),
);
const facts = layouts.setsid.fields;
const connection = layouts.connect.fields;

/** The events that the records in a piece of the ring tell of, in their order. */
export function decodeRecords(taken: Uint8Array, keepsVariable: KeepsVariable): KernelEvent[] {
  const bytes = Buffer.from(taken.buffer, taken.byteOffset, taken.byteLength);
  const events: KernelEvent[] = [];
  const portless = new Map<bigint, Mutable<NetworkEvent>>();
  for (const start of recordsIn(bytes)) {
    const record = new RecordReader(bytes, start);
    const kind = kinds.get(record.number(facts.kind));
    switch (kind) {
      case "fork":
        events.push(forkOf(record));
        break;
      case "exec":
        events.push(execOf(record, keepsVariable));
        break;
      case "exit":
        events.push(exitOf(record));
        break;
      case "setsid":
        events.push(beginEvent("setsid", record));
        break;
      case "ids":
        events.push(beginEvent("ids", record));
        break;
      case "create":
      case "open":
        events.push(openingOf(kind, record));
        break;
      case "rename":
        events.push(renameOf(record));
        break;
      case "delete":
        events.push(deletionOf(record));
        break;
      case "accept":
        events.push(connectionOf("accept", record));
        break;
      case "connect": {
        const event = connectionOf("connect", record);
        if (event.local?.port === undefined) portless.set(record.long(connection.socket), event);
        events.push(event);
        break;
      }
      case "connected":
        fillPort(portless, record);
        break;
      case "disconnect":
        events.push(disconnectOf(record));
        break;
      case undefined:
        throw new Error("the ring holds a record of no known kind");
    }
  }
  return events;
}

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };

/** An event with what its record says of the process. The rest is added to it, since there are too many events to make each twice. */
function beginEvent<Kind extends KernelEvent["kind"]>(
  kind: Kind,
  record: RecordReader,
): Mutable<ProcessFacts> & { kind: Kind } {
  const tty = record.number(facts.tty);
  const { credentials, capabilities, namespaces } = sharedFactsOf(record);
  return {
    kind,
    pid: record.number(facts.pid),
    atNs: record.long(facts.atNs),
    ppid: record.number(facts.ppid),
    startNs: record.long(facts.startNs),
    parentStartNs: record.long(facts.parentStartNs),
    vpid: record.number(facts.vpid),
    pgid: record.number(facts.pgid),
    sid: record.number(facts.sid),
    tty: tty === 0 ? null : deviceOf(tty),
    credentials,
    capabilities,
    namespaces,
    cgroup: { id: record.long(facts.cgroupId) },
    comm: record.fixedText(facts.comm),
  };
}

type SharedFacts = Required<Pick<ProcessFacts, "credentials" | "capabilities" | "namespaces">>;

/** By their bytes in the record. Hosts have few different ones. */
const sharedFacts = new Map<string, SharedFacts>();
const sharedFactsMax = 4096;

function sharedFactsOf(record: RecordReader): SharedFacts {
  const key = record.bytesFrom(facts.uid, facts.networkNamespace);
  let shared = sharedFacts.get(key);
  if (shared === undefined) {
    if (sharedFacts.size >= sharedFactsMax) sharedFacts.clear();
    shared = readSharedFacts(record);
    sharedFacts.set(key, shared);
  }
  return shared;
}

function readSharedFacts(record: RecordReader): SharedFacts {
  const pid = record.number(facts.pidNamespace);
  const mount = record.number(facts.mountNamespace);
  const network = record.number(facts.networkNamespace);
  return {
    credentials: {
      uid: record.number(facts.uid),
      euid: record.number(facts.euid),
      suid: record.number(facts.suid),
      gid: record.number(facts.gid),
      egid: record.number(facts.egid),
      sgid: record.number(facts.sgid),
    },
    capabilities: {
      effective: record.long(facts.capabilitiesEffective),
      permitted: record.long(facts.capabilitiesPermitted),
    },
    // A process that ends may have left them already.
    namespaces: {
      ...(pid === 0 ? {} : { pid }),
      ...(mount === 0 ? {} : { mount }),
      ...(network === 0 ? {} : { network }),
    },
  };
}

function forkOf(record: RecordReader): ForkEvent {
  const event: Mutable<ForkEvent> = beginEvent("fork", record);
  event.forkerPid = record.number(layouts.fork.fields.forkerPid);
  return event;
}

function execOf(record: RecordReader, keepsVariable: KeepsVariable): ExecEvent {
  const { fields, size } = layouts.exec;
  const texts = record.texts(size);
  const args = texts.bytes(fields.argsLength);
  const argsSize = record.number(fields.argsSize);
  const filename = texts.text(fields.filenameLength);
  const resolvedPath = texts.path(fields.resolvedPathLength, fields.resolvedPathCut);
  const workingDirectory = texts.path(fields.workingDirectoryLength, fields.workingDirectoryCut);
  const cgroupPath = texts.path(fields.cgroupLength, fields.cgroupCut);
  const environment = texts.bytes(fields.environmentLength);
  const environmentSize = record.number(fields.environmentSize);
  const event: Mutable<ExecEvent> = beginEvent("exec", record);
  event.standardFiles = [
    deviceOrNull(record.number(fields.device0)),
    deviceOrNull(record.number(fields.device1)),
    deviceOrNull(record.number(fields.device2)),
  ];
  event.isScript = record.number(fields.isScript) === 1;
  if (args.length > 0 || argsSize === 0) {
    event.args = listOfTexts(args);
    if (args.length < argsSize) event.argsTruncated = true;
  }
  if (filename !== undefined) event.filename = filename;
  // A file can have no path: runc runs a copy of itself from a mount that is nowhere.
  if (resolvedPath !== undefined && resolvedPath !== "/") event.resolvedPath = resolvedPath;
  if (workingDirectory !== undefined) event.workingDirectory = workingDirectory;
  if (cgroupPath !== undefined) event.cgroup = { ...event.cgroup, path: cgroupPath };
  if (environment.length > 0) event.environment = listOfTexts(environment).filter(keepsVariable);
  if (environment.length < environmentSize) event.environmentTruncated = true;
  return event;
}

function exitOf(record: RecordReader): ExitEvent {
  const event: Mutable<ExitEvent> = beginEvent("exit", record);
  return Object.assign(event, howItEnded(record.number(layouts.exit.fields.status)));
}

function openingOf(kind: "create" | "open", record: RecordReader): FileEvent {
  const { fields, size } = layouts[kind];
  const path = record.texts(size).absolute(undefined, fields.pathLength, fields.pathCut);
  return { ...beginEvent(kind, record), ...path };
}

function renameOf(record: RecordReader): FileEvent {
  const { fields, size } = layouts.rename;
  const texts = record.texts(size);
  const old = texts.absolute(fields.oldNameLength, fields.oldDirectoryLength, fields.oldDirectoryCut);
  const now = texts.absolute(fields.nameLength, fields.directoryLength, fields.directoryCut);
  const isTruncated = old.pathTruncated === true || now.pathTruncated === true;
  return {
    ...beginEvent("rename", record),
    path: now.path,
    oldPath: old.path,
    ...(isTruncated ? { pathTruncated: true } : {}),
  };
}

function deletionOf(record: RecordReader): FileEvent {
  const { fields, size } = layouts.delete;
  const path = record.texts(size).absolute(fields.nameLength, fields.directoryLength, fields.directoryCut);
  return { ...beginEvent("delete", record), ...path };
}

function connectionOf(kind: "connect" | "accept", record: RecordReader): Mutable<NetworkEvent> {
  return { ...beginEvent(kind, record), ...endsOf(record) };
}

/** Of the process, only who it is: the program may run in another one. */
function disconnectOf(record: RecordReader): NetworkEvent {
  const isEgress = record.number(layouts.disconnect.fields.direction) === directions.egress;
  return {
    kind: "disconnect",
    pid: record.number(facts.pid),
    atNs: record.long(facts.atNs),
    startNs: record.long(facts.startNs),
    direction: isEgress ? "egress" : "ingress",
    ...endsOf(record),
  };
}

/** Completes the report of a connection by what came later, if that was not too late to find it here. */
function fillPort(portless: Map<bigint, Mutable<NetworkEvent>>, record: RecordReader): void {
  const socket = record.long(connection.socket);
  const event = portless.get(socket);
  const { local } = endsOf(record);
  if (event === undefined || local?.port === undefined) return;
  event.local = local;
  portless.delete(socket);
}

function endsOf(record: RecordReader): Pick<NetworkEvent, "protocol" | "family" | "local" | "remote"> {
  const isIpv4 = record.number(connection.family) === 2;
  const local = record.address(connection.localAddress, isIpv4);
  const remote = record.address(connection.remoteAddress, isIpv4);
  return {
    protocol: "tcp",
    // An IPv4 address in an IPv6 socket is one all the same.
    family: remote.includes(":") ? "ipv6" : "ipv4",
    local: endpointOf(local, record.port(connection.localPort)),
    remote: endpointOf(remote, record.port(connection.remotePort)),
  };
}

function endpointOf(address: string, port: number): Endpoint {
  return port === 0 ? { address } : { address, port };
}

function deviceOf(number: number): CharDevice {
  return { major: number >>> 20, minor: number & 0xf_ffff };
}

function deviceOrNull(number: number): CharDevice | null {
  return number === 0 ? null : deviceOf(number);
}
