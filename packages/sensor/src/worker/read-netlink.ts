import type { MessagePort } from "node:worker_threads";
import { AuditRecords } from "../audit/audit-records.ts";
import { ruleKey } from "../audit/rule-key.ts";
import { keepsVariables } from "../environment.ts";
import { libc } from "../native/libc.ts";
import { NetlinkSocket } from "../netlink/netlink-socket.ts";
import { ProcConnectorReader } from "../netlink/proc-connector.ts";
import { ProcessEvents } from "../netlink/process-events.ts";
import { ProcReader } from "../proc/read-processes.ts";
import { controlPlace, type EventBatch, type NetlinkWork } from "./sensor-work.ts";

/** How soon a request to end is noticed, and an exec that waits in vain for audit is given up. */
const wakeUpMs = 50;
/** How many messages are read before what they say is sent. */
const messagesMax = 256;

/**
 * Reads the proc connector, and audit, until the control says to end. The thread does nothing else and waits in the kernel: every moment that passes
 * between an event and the look into `/proc` loses processes that end meanwhile.
 */
export function readNetlink(work: NetlinkWork, port: MessagePort): void {
  const control = new Int32Array(work.control);
  const connector = new NetlinkSocket(work.connectorFd);
  const audit = work.auditFd === undefined ? undefined : new NetlinkSocket(work.auditFd);
  const fds = [connector, audit].flatMap((socket) => socket?.fd ?? []);
  const { environmentBytes, environmentNames } = work;
  const proc = new ProcReader({ environmentBytes, keepsVariable: keepsVariables(environmentNames) });
  const events = new ProcessEvents(proc, { waitsForAudit: audit !== undefined });
  const reader = new ProcConnectorReader();
  const records = new AuditRecords(ruleKey);

  // Each says whether it has read all that there is.
  const readConnector = () => {
    for (let count = 0; count < messagesMax; count++) {
      const message = connector.receive();
      if (message === undefined) return true;
      // What an overrun has dropped shows in the numbers of the messages behind it.
      const event = typeof message === "string" ? undefined : reader.read(message.payload);
      if (event !== undefined) events.add(event);
    }
    return false;
  };
  const readAudit = () => {
    for (let count = 0; count < messagesMax; count++) {
      const message = audit?.receive();
      if (message === undefined) return true;
      if (typeof message === "string") continue;
      for (const exec of records.add(message.type, textOf(message.payload))) events.addAudit(exec);
    }
    return false;
  };
  const send = (batch: EventBatch) => {
    Atomics.add(control, controlPlace.waiting, batch.events.length);
    port.postMessage(batch);
  };

  let lost = 0;
  while (Atomics.load(control, controlPlace.end) === 0) {
    const waiting = Atomics.load(control, controlPlace.waiting);
    if (waiting >= work.waitingEventsMax) {
      Atomics.wait(control, controlPlace.waiting, waiting, wakeUpMs);
      continue;
    }
    libc().waitReadable(fds, wakeUpMs);
    const isAll = [readConnector(), readAudit()].every((all) => all);
    const batch = { events: events.take(isAll), lost: reader.lost };
    if (batch.events.length > 0 || batch.lost > lost) send(batch);
    lost = batch.lost;
  }
  // What came before the request to end, and no more than a busy host could have said till then.
  for (let rounds = 0; rounds < 100 && ![readConnector(), readAudit()].every((all) => all); rounds++);
  send({ events: events.takeAll(), lost: reader.lost });
  port.close();
}

/** Records are texts; some end with a NUL. */
function textOf(payload: Buffer): string {
  const end = payload.indexOf(0);
  return payload.toString("latin1", 0, end < 0 ? payload.length : end);
}
