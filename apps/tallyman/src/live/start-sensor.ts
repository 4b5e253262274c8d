import { randomBytes } from "node:crypto";
import {
  blindSpots,
  dropPrivileges,
  NoSource,
  neededCapabilities,
  type RejectedSource,
  Sensor,
  type Source,
  type StartedSource,
  sourcesInOrder,
  startSource,
} from "@tallyman/sensor";
import { UsageError } from "../exit-code.ts";
import { version } from "../version.ts";
import { type Account, findAccount } from "./account.ts";
import { agentIdIn } from "./agent-id.ts";
import { makeDataFolder } from "./data-folder.ts";
import type { SensorFlags } from "./sensor-flags.ts";

/** A sensor at work, and what to say of it once: sentences without a full stop. */
export interface StartedSensor {
  readonly sensor: Sensor;
  readonly source: Source["name"];
  readonly remarks: readonly string[];
}

/** The sources that may be used. That `--source audit` lacks a permission is a `UsageError`. */
export function sourcesFor({ allowAudit = false, events, source }: SensorFlags): readonly Source[] {
  if (source === "audit" && !allowAudit)
    throw new UsageError(
      "--source audit changes the audit state of the whole host, which takes --allow-audit",
    );
  const sources = sourcesInOrder({ ...events, allowAudit });
  return source === undefined ? sources : sources.filter(({ name }) => name === source);
}

/**
 * Makes the data folder and becomes the user that was named, with the capabilities that the sources take and no others. To be called before anything is opened
 * that is to be opened as that user. Gives a sentence without a full stop when it cannot be done.
 */
export function prepareRights(
  flags: SensorFlags,
  folder: string,
  sources: readonly Source[],
): string | undefined {
  const account = accountFor(flags);
  const problem = makeDataFolder(folder, account);
  if (problem !== undefined || account === undefined) return problem;
  try {
    const keep = new Set(sources.flatMap(({ name }) => neededCapabilities[name]));
    // Without permission the source does not begin, and has no use for it.
    if (!flags.allowAudit) keep.delete("audit_control");
    dropPrivileges({ ...account, keep: [...keep] });
    return undefined;
  } catch (error) {
    return `this cannot become user ${account.uid}: ${(error as Error).message}`;
  }
}

/** Starts the first source that can be used and the sensor on it; a sentence without a full stop when there is none, or the sensor can have no id. */
export async function startSensor(
  sources: readonly Source[],
  { allowAudit }: SensorFlags,
  folder: string,
): Promise<StartedSensor | string> {
  const agentId = agentIdIn(folder);
  if (typeof agentId === "string") return agentId;
  let started: StartedSource;
  try {
    started = await startSource(sources);
  } catch (error) {
    if (!(error instanceof NoSource)) throw error;
    return `no source of events can be used here: ${reasonsOf(error.rejected, allowAudit)}`;
  }
  const agent = { id: agentId.id, version, runId: randomBytes(9).toString("base64url") };
  const sensor = new Sensor(started.running, { agent });
  return { sensor, source: started.source.name, remarks: remarksOn(started, allowAudit) };
}

/** Stops a sensor when the end is asked for, which may have been while it started, or after so long. */
export function stopAt(end: AbortSignal, afterMs: number | undefined, sensor: Sensor): void {
  const stop = (): void => void sensor.stop();
  if (afterMs !== undefined) setTimeout(stop, afterMs).unref();
  if (end.aborted) stop();
  else end.addEventListener("abort", stop);
}

function accountFor({ user }: SensorFlags): Account | undefined {
  if (user === undefined) return undefined;
  const account = findAccount(user);
  if (process.getuid?.() !== 0) throw new UsageError("--user takes root, which this is not");
  if (account.uid === 0) throw new UsageError("--user: that is root");
  return account;
}

/** What is equal of several is said once. */
function reasonsOf(rejected: readonly RejectedSource[], allowAudit = false): string {
  const namesBy = new Map<string, string[]>();
  for (const { name, reason } of rejected) {
    const told = name === "audit" && !allowAudit ? `${reason} (--allow-audit)` : reason;
    namesBy.set(told, [...(namesBy.get(told) ?? []), name]);
  }
  return Array.from(namesBy, ([reason, names]) => `${names.join(", ")}: ${reason}`).join("; ");
}

function remarksOn({ rejected, source }: StartedSource, allowAudit = false): readonly string[] {
  const { unseen, unseenOfShortLived } = blindSpots(source.sees);
  const others =
    rejected.length === 0 ? "" : `, since the better ones cannot be used: ${reasonsOf(rejected, allowAudit)}`;
  return [
    `events come from ${source.name}${others}`,
    ...(unseen.length > 0 ? [`${source.name} does not see ${listed(unseen)}`] : []),
    ...(unseenOfShortLived.length > 0
      ? [`of processes that end at once, ${source.name} misses ${listed(unseenOfShortLived)}`]
      : []),
  ];
}

function listed(nouns: readonly string[]): string {
  return nouns.length < 2 ? nouns.join() : `${nouns.slice(0, -1).join("; ")}; and ${nouns.at(-1)}`;
}
