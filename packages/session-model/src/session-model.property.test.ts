import type { JsonObject } from "@tallyman/ecs";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { KernelEvent } from "./kernel-event.ts";
import type { RunningProcess } from "./running-process.ts";
import { EntityIds, startTick } from "./session/entity-id.ts";
import { SessionModel } from "./session-model.ts";
import { hostPidNamespace, testAgent, testHost, testPorts } from "./testing/host-story.ts";
import { ReferenceModel, type Told } from "./testing/reference-model.ts";

const tickNs = 10_000_000n;
const names = ["bash", "sshd", "runc", "containerd-shim", "nginx"];

interface Step {
  readonly kind: "fork" | "exec" | "exit" | "setsid" | "create";
  readonly pid: number;
  readonly parent: number;
  readonly forker: number;
  readonly afterTicks: number;
  readonly lateTicks: number;
  readonly name: string;
  readonly group: number | undefined;
  readonly session: number | undefined;
  readonly reparent: boolean;
  readonly isRepeated: boolean;
  readonly isOfFormer: boolean;
}

const pid = fc.integer({ min: 1, max: 9 });
const step: fc.Arbitrary<Step> = fc.record({
  kind: fc.constantFrom("fork", "fork", "exec", "exec", "exit", "setsid", "create"),
  pid,
  parent: pid,
  forker: pid,
  afterTicks: fc.oneof(
    { weight: 8, arbitrary: fc.integer({ min: 1, max: 100 }) },
    { weight: 1, arbitrary: fc.integer({ min: 1, max: 8000 }) },
  ),
  lateTicks: fc.oneof(
    { weight: 6, arbitrary: fc.constant(0) },
    { weight: 1, arbitrary: fc.integer({ min: 0, max: 300 }) },
  ),
  name: fc.constantFrom(...names),
  group: fc.option(pid, { nil: undefined }),
  session: fc.option(pid, { nil: undefined }),
  reparent: fc.boolean(),
  isRepeated: fc.integer({ min: 0, max: 9 }).map((n) => n === 0),
  isOfFormer: fc.integer({ min: 0, max: 9 }).map((n) => n === 0),
});

/** Events such as a kernel might report them, and some that none would: repeated, late, of processes that have gone or were never reported. */
function eventsOf(steps: readonly Step[]): KernelEvent[] {
  const starts = new Map<number, bigint[]>();
  let now = 1000n * tickNs;
  return steps.flatMap((some) => {
    now += BigInt(some.afterTicks) * tickNs;
    const known = starts.get(some.pid) ?? [];
    if (some.kind === "fork" || known.length === 0) known.push(now);
    starts.set(some.pid, known);
    const startNs = (some.isOfFormer ? known.at(-2) : undefined) ?? (known.at(-1) as bigint);
    const atNs = some.kind === "fork" ? startNs : now - BigInt(some.lateTicks) * tickNs;
    const facts = {
      pid: some.pid,
      startNs,
      atNs: atNs < startNs ? startNs : atNs,
      ...((some.kind === "fork" || some.reparent) && { ppid: some.parent }),
      ...(some.group !== undefined && { pgid: some.group }),
      ...(some.session !== undefined && some.kind !== "setsid" && { sid: some.session }),
    };
    const event = eventOf(some, facts);
    return some.isRepeated ? [event, event] : [event];
  });
}

function eventOf(
  some: Step,
  facts: { pid: number; startNs: bigint; atNs: bigint; ppid?: number },
): KernelEvent {
  if (some.kind === "fork") return { kind: "fork", ...facts, forkerPid: some.forker };
  if (some.kind === "exec") return { kind: "exec", ...facts, filename: `/${some.name}`, args: [some.name] };
  if (some.kind === "create") return { kind: "create", ...facts, path: "/x" };
  return { kind: some.kind, ...facts };
}

const actions: Record<string, string> = { end: "exit", session_id_change: "setsid", creation: "create" };

function toldBy(document: JsonObject): Told {
  const process = document["process"] as Record<string, JsonObject | undefined>;
  const action = (document["event"] as { action: string }).action;
  const entryMeta = process["entry_leader"]?.["entry_meta"] as { type: string } | undefined;
  const previous = (process["previous"] ?? []) as unknown as { executable?: string }[];
  return {
    action: actions[action] ?? action,
    key: String(process["entity_id"]),
    name: String(process["name"] ?? ""),
    previous: previous.map(({ executable }) => (executable ?? "").slice(1)),
    parent: idOf(process["parent"]),
    groupLeader: idOf(process["group_leader"]),
    sessionLeader: idOf(process["session_leader"]),
    entryLeader: idOf(process["entry_leader"]),
    entryType: entryMeta?.type,
  };
}

function idOf(process: JsonObject | undefined): string | undefined {
  return process?.["entity_id"] as string | undefined;
}

/** An exit that is told late, after that of another process. */
const lateExit: Step[] = (
  [
    ["fork", 6, 1, 0],
    ["exit", 1, 4, 0],
    ["exit", 6, 60, 64],
    ["fork", 2, 2936, 0],
  ] as const
).map(([kind, pid, afterTicks, lateTicks]) => ({
  kind,
  pid,
  afterTicks,
  lateTicks,
  parent: 1,
  forker: 1,
  name: "bash",
  group: undefined,
  session: undefined,
  reparent: false,
  isRepeated: false,
  isOfFormer: false,
}));

test("the model tells the same as the reference model, whatever it is told", () => {
  const ids = new EntityIds(testHost.bootId, testHost.pidNamespace);
  const named = (key: string | undefined) => {
    if (key === undefined) return undefined;
    const [of, start] = key.split("@") as [string, string];
    return ids.of(Number(of), startTick(BigInt(start)));
  };
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 60 }), (steps) => {
      const model = new SessionModel(testHost, testAgent, testPorts());
      const reference = new ReferenceModel();
      for (const event of eventsOf(steps)) {
        const want = reference.handle(event).map((told) => ({
          ...told,
          key: named(told.key),
          parent: named(told.parent),
          groupLeader: named(told.groupLeader),
          sessionLeader: named(told.sessionLeader),
          entryLeader: named(told.entryLeader),
        }));
        expect(model.handle(event).map(toldBy)).toEqual(want);
        expect(model.report().processes).toBe(reference.people.length);
      }
    }),
    { numRuns: 1500, examples: [[lateExit]] },
  );
});

test("with little room the model stays within it", () => {
  fc.assert(
    fc.property(
      fc.array(step, { minLength: 1, maxLength: 80 }),
      fc.integer({ min: 1, max: 4 }),
      (steps, processesMax) => {
        const model = new SessionModel(testHost, testAgent, testPorts(), { processesMax, textBytesMax: 60 });
        for (const event of eventsOf(steps)) {
          for (const document of model.handle(event)) JSON.stringify(document);
          const { processes, livingProcesses, textBytes } = model.report();
          expect(processes).toBeLessThanOrEqual(processesMax);
          expect(livingProcesses).toBeLessThanOrEqual(processes);
          // One process alone may hold more.
          if (processes > 1) expect(textBytes).toBeLessThanOrEqual(60);
        }
      },
    ),
    { numRuns: 500 },
  );
});

interface Branch {
  readonly name: string;
  readonly leads: "session" | "group" | "nothing";
  readonly terminal: boolean;
  readonly isInContainer: boolean;
  readonly nanos: number;
  readonly children: readonly Branch[];
}

function branchOf(depth: number): fc.Arbitrary<Branch> {
  return fc.record({
    name: fc.constantFrom(...names),
    leads: fc.constantFrom("session", "group", "nothing"),
    terminal: fc.boolean(),
    isInContainer: fc.boolean(),
    nanos: fc.integer({ min: 0, max: 9_999_999 }),
    children: depth === 0 ? fc.constant([]) : fc.array(branchOf(depth - 1), { maxLength: 3 }),
  });
}

/** The same processes, as the kernel's records tell them one by one, and as they stand in /proc afterwards. */
function twoViews(tree: Branch): { events: KernelEvent[]; running: RunningProcess[] } {
  const events: KernelEvent[] = [];
  const running: RunningProcess[] = [];
  let pid = 1;
  let tick = 100n;
  const grow = (
    some: Branch,
    ppid: number,
    parentPgid: number,
    parentSid: number,
    isInside: boolean,
  ): void => {
    const own = pid++;
    const isInContainer = isInside || some.isInContainer;
    tick += 3n;
    const startNs = tick * tickNs + BigInt(some.nanos);
    const pgid = some.leads === "nothing" ? parentPgid : own;
    const sid = some.leads === "session" ? own : parentSid;
    const facts = {
      pid: own,
      ppid,
      pgid,
      sid,
      tty: some.terminal ? { major: 136, minor: 3 } : null,
      namespaces: { pid: isInContainer ? hostPidNamespace + 1 : hostPidNamespace },
      comm: some.name,
    };
    const image = { args: [some.name, "-x"], workingDirectory: "/" };
    events.push(
      { kind: "fork", ...facts, startNs, atNs: startNs },
      { kind: "exec", ...facts, ...image, startNs, atNs: startNs + 1n, filename: `/bin/${some.name}` },
    );
    // Field 22 of /proc/<pid>/stat has hundredths of a second.
    running.push({
      ...facts,
      ...image,
      startNs: tick * tickNs,
      atNs: 10n ** 12n,
      executable: `/bin/${some.name}`,
    });
    for (const child of some.children) grow(child, own, pgid, sid, isInContainer);
  };
  grow({ ...tree, name: "systemd", leads: "session", isInContainer: false }, 0, 0, 0, false);
  return { events, running };
}

test("the kernel's records and /proc give the same ids, leaders and entries", () => {
  fc.assert(
    fc.property(branchOf(4), (tree) => {
      const { events, running } = twoViews(tree);
      const fromEvents = new SessionModel(testHost, testAgent, testPorts());
      for (const event of events) fromEvents.handle(event);
      const fromProc = new SessionModel(testHost, testAgent, testPorts());
      fromProc.snapshot(running);
      for (const { pid: of } of running) {
        const event: KernelEvent = { kind: "create", pid: of, atNs: 10n ** 12n, path: "/x" };
        const [live, found] = [fromEvents, fromProc].map((model) => model.handle(event)[0] as JsonObject);
        const { previous: _, ...told } = toldBy(live as JsonObject);
        expect(toldBy(found as JsonObject)).toEqual({ ...told, previous: [] });
        expect(withoutHistory(found as JsonObject)).toEqual(withoutHistory(live as JsonObject));
      }
    }),
    { numRuns: 300 },
  );
});

/** A document's process, without what only someone who saw the execs can know. */
function withoutHistory(document: JsonObject): unknown {
  const { previous: _, ...process } = JSON.parse(JSON.stringify(document["process"])) as Record<
    string,
    unknown
  >;
  return process;
}
