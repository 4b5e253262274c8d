import type { JsonObject } from "@tallyman/ecs";
import type { Names } from "../ports.ts";
import type { Image } from "../process/image.ts";
import type { TrackedProcess } from "../process/tracked-process.ts";
import { isSameDevice, terminalKind } from "../session/char-device.ts";
import { tickTimeNs } from "../session/entity-id.ts";
import type { Entry } from "../session/entry.ts";
import { CapabilityNames } from "./capability-names.ts";
import { type Identity, identityFields, identityOf } from "./identity.ts";
import { nothingMore, type OwnFields, processObject, type RelatedFields } from "./process-object.ts";
import type { WallClock } from "./wall-clock.ts";

/** How many processes' whole blocks are kept ready: bursts of events come from few. */
const blocksMax = 256;

/** What is shown of a process wherever it appears, and the same as a leader. */
interface Summary {
  readonly version: number;
  readonly own: OwnFields;
  readonly identity: Identity | undefined;
  plain: JsonObject | undefined;
  asOthersLeader: JsonObject | undefined;
  asOwnLeader: JsonObject | undefined;
  asOthersEntry: EntryObject | undefined;
  asOwnEntry: EntryObject | undefined;
}

interface EntryObject {
  readonly entry: Entry;
  readonly object: JsonObject;
}

/** The objects of other processes that stand in one. */
interface Relatives {
  readonly parent: JsonObject | undefined;
  readonly group_leader: JsonObject | undefined;
  readonly session_leader: JsonObject | undefined;
  readonly entry_leader: JsonObject | undefined;
}

/** A document's `process`, and its own `user` and `group` beside it. */
export interface ProcessBlock {
  readonly process: JsonObject;
  readonly identity: Identity | undefined;
}

interface KnownBlock extends ProcessBlock {
  readonly version: number;
  readonly relatives: Relatives;
}

/** Makes documents' `process` objects. What is equal in two of them is one object, made once. */
export class ProcessFields {
  readonly #names: Names;
  readonly #clock: WallClock;
  readonly #capabilityNames = new CapabilityNames();
  readonly #blocks = new Map<TrackedProcess, KnownBlock>();

  constructor(names: Names, clock: WallClock) {
    this.#names = names;
    this.#clock = clock;
  }

  /** Of a process whose relatives are up to date. */
  of(process: TrackedProcess): ProcessBlock {
    const relatives = this.#relatives(process);
    const known = this.#blocks.get(process);
    if (known?.version === process.version && areSame(known.relatives, relatives)) return known;
    const { version } = process;
    const { own, identity } = this.#summary(process);
    const block = {
      version,
      relatives,
      process: processObject(own, this.#related(process, relatives, undefined, undefined)),
      identity,
    };
    if (this.#blocks.size >= blocksMax) this.#blocks.clear();
    this.#blocks.set(process, block);
    return block;
  }

  /** Of a process that has just ended, and will hardly be shown again. */
  ofEnded(process: TrackedProcess, end: string, exitCode: number | undefined): ProcessBlock {
    const { own, identity } = this.#summary(process);
    const related = this.#related(process, this.#relatives(process), end, exitCode);
    process.memo = undefined;
    this.#blocks.delete(process);
    return { process: processObject(own, related), identity };
  }

  #relatives(process: TrackedProcess): Relatives {
    const { parent, groupLeader, sessionLeader } = process;
    return {
      parent: parent && this.#plain(parent),
      group_leader: groupLeader && this.#leader(groupLeader, process),
      session_leader: sessionLeader && this.#leader(sessionLeader, process),
      entry_leader: this.#entryLeader(process),
    };
  }

  #related(
    process: TrackedProcess,
    relatives: Relatives,
    end: string | undefined,
    exitCode: number | undefined,
  ): RelatedFields {
    const { image, previous, capabilities } = process;
    return {
      parent: relatives.parent,
      group_leader: relatives.group_leader,
      session_leader: relatives.session_leader,
      entry_leader: relatives.entry_leader,
      same_as_process: undefined,
      entry_meta: undefined,
      previous: previous.length > 0 ? previous.map(previousFields) : undefined,
      env_vars: image.environment?.length ? image.environment : undefined,
      thread: capabilities && {
        capabilities: {
          effective: this.#capabilityNames.of(capabilities.effective),
          permitted: this.#capabilityNames.of(capabilities.permitted),
        },
      },
      Ext: extensions(process),
      end,
      exit_code: exitCode,
    };
  }

  #summary(process: TrackedProcess): Summary {
    const known = process.memo as Summary | undefined;
    if (known?.version === process.version) return known;
    const own = this.#ownFields(process);
    const summary: Summary = {
      version: process.version,
      own,
      identity: identityOf(own),
      plain: undefined,
      asOthersLeader: undefined,
      asOwnLeader: undefined,
      asOthersEntry: undefined,
      asOwnEntry: undefined,
    };
    process.memo = summary;
    return summary;
  }

  #ownFields(process: TrackedProcess): OwnFields {
    const { image, tty, credentials, startTick } = process;
    const { args } = image;
    const identity = credentials && identityFields(credentials, this.#names);
    return {
      pid: process.pid,
      entity_id: process.entityId,
      name: image.name === "" ? undefined : image.name,
      executable: image.executable,
      args,
      args_count: args?.length,
      command_line: image.commandLine,
      working_directory: image.workingDirectory,
      interactive: tty === undefined ? undefined : terminalKind(tty) !== undefined,
      tty: tty ? { char_device: { major: tty.major, minor: tty.minor } } : undefined,
      user: identity?.user,
      group: identity?.group,
      real_user: identity?.real_user,
      real_group: identity?.real_group,
      saved_user: identity?.saved_user,
      saved_group: identity?.saved_group,
      start: startTick === undefined ? undefined : this.#clock.tick(tickTimeNs(startTick)),
      vpid: process.vpid,
    };
  }

  #plain(process: TrackedProcess): JsonObject {
    const summary = this.#summary(process);
    summary.plain ??= processObject(summary.own, nothingMore);
    return summary.plain;
  }

  #leader(leader: TrackedProcess, of: TrackedProcess): JsonObject {
    const summary = this.#summary(leader);
    const isSame = leader === of;
    const key = isSame ? "asOwnLeader" : "asOthersLeader";
    summary[key] ??= processObject(summary.own, { ...nothingMore, same_as_process: isSame });
    return summary[key];
  }

  #entryLeader(process: TrackedProcess): JsonObject | undefined {
    const { entry, entryLeader } = process;
    if (entry === undefined) return undefined;
    if (entryLeader === undefined) return this.#lostEntryLeader(entry);
    const summary = this.#summary(entryLeader);
    const isSame = entryLeader === process;
    const key = isSame ? "asOwnEntry" : "asOthersEntry";
    const known = summary[key];
    if (known?.entry === entry) return known.object;
    const more = { ...nothingMore, same_as_process: isSame, ...this.#entryFields(entry) };
    const object = processObject(summary.own, more);
    summary[key] = { entry, object };
    return object;
  }

  /** Of a leader that is not in the table any more, what its members know. */
  #lostEntryLeader(entry: Entry): JsonObject {
    return {
      pid: entry.leaderPid,
      entity_id: entry.leaderId,
      same_as_process: false,
      ...this.#entryFields(entry),
    };
  }

  #entryFields({ type, sourceIp, parent }: Entry): Pick<RelatedFields, "entry_meta" | "parent"> {
    const startTick = parent?.startTick;
    return {
      entry_meta: { type, source: sourceIp === undefined ? undefined : { ip: sourceIp } },
      parent: parent && {
        pid: parent.pid,
        entity_id: parent.entityId,
        start: startTick === undefined ? undefined : this.#clock.tick(tickTimeNs(startTick)),
      },
    };
  }
}

function areSame(a: Relatives, b: Relatives): boolean {
  return (
    a.parent === b.parent &&
    a.group_leader === b.group_leader &&
    a.session_leader === b.session_leader &&
    a.entry_leader === b.entry_leader
  );
}

function previousFields({ executable, args }: Image): JsonObject {
  return { executable, args, args_count: args?.length };
}

/** Fields of Elastic Defend's and of our own that ECS has no place for. */
function extensions({ ancestry, tty, standardFiles, image }: TrackedProcess): JsonObject {
  return {
    ancestry,
    interactive_fds: isInteractiveByFiles(tty, standardFiles),
    resolved_executable: image.resolvedExecutable,
    command_line_truncated: image.argsTruncated,
    env_vars_truncated: image.environmentTruncated,
  };
}

/** ECS's own definition of interactive. Other products, and `process.interactive`, look at the terminal alone. */
function isInteractiveByFiles(
  tty: TrackedProcess["tty"],
  files: TrackedProcess["standardFiles"],
): boolean | undefined {
  if (tty === undefined || files === undefined) return undefined;
  return tty !== null && isSameDevice(files[0], tty) && isSameDevice(files[2], tty);
}
