import { type MessagePort, parentPort, workerData } from "node:worker_threads";
import { ecsCatalogue, FieldSlots } from "@tallyman/ecs";
import {
  EventJudge,
  type PreparedRules,
  prepareRules,
  type ReadyRule,
  VerdictWriter,
} from "@tallyman/engine";
import { documentAliases } from "@tallyman/session-model";
import { textBytes } from "../input/text-bytes.ts";
import { conditionDigests } from "./condition-digests.ts";
import type { EventBatch, JudgeAnswer, JudgedBatch, JudgeMessage, JudgeWork } from "./judge-work.ts";
import { receivedRule } from "./portable-rule.ts";

// Where a thread begins that judges events. The build makes a file of its own of it.
if (parentPort !== null) work(workerData as JudgeWork, parentPort);

function work({ fieldTypes, indexName, rules }: JudgeWork, port: MessagePort): void {
  const prepared = prepareRules(rules.map(receivedRule), ecsCatalogue().with(fieldTypes), new FieldSlots());
  const answer = (message: JudgeAnswer, transfer: readonly ArrayBuffer[] = []) =>
    port.postMessage(message, transfer);
  let judge: EventJudge | undefined;
  const verdicts = new VerdictWriter();
  const exceeded = countExceeded(prepared);
  port.on("message", (message: JudgeMessage) => {
    if (message.kind === "begin") {
      judge = new EventJudge(prepared, {
        aliases: documentAliases,
        indexName,
        sharedFields: message.sharedFields,
      });
      answer({ kind: "begun", digests: conditionDigests(prepared) });
    } else if (judge !== undefined) {
      judgeAll(judge, message, verdicts);
      const { bytes } = message;
      const judged: JudgedBatch = { verdicts: verdicts.take(), exceeded: exceeded(), bytes };
      answer({ kind: "judged", ...judged }, [judged.verdicts.buffer, bytes]);
    }
  });
}

function judgeAll(judge: EventJudge, { bytes, places, storedIn }: EventBatch, verdicts: VerdictWriter): void {
  const buffer = textBytes(Buffer.from(bytes));
  for (let i = 0; 2 * i < places.length; i++) {
    const start = places[2 * i] as number;
    const end = places[2 * i + 1] as number;
    if (start === end) verdicts.none();
    else judge.judge({ buffer, start, end }, storedIn?.[i], verdicts);
  }
}

/** Gives what was counted since it was called last: mostly nothing, which must cost little. */
function countExceeded({ ready }: PreparedRules): () => JudgedBatch["exceeded"] {
  const told = new Float64Array(ready.length);
  return () => {
    const exceeded: [rule: number, combinations: number][] = [];
    for (let rule = 0; rule < ready.length; rule++) {
      const { combinationsExceeded } = (ready[rule] as ReadyRule).counters;
      const more = combinationsExceeded - (told[rule] as number);
      if (more === 0) continue;
      told[rule] = combinationsExceeded;
      exceeded.push([rule, more]);
    }
    return exceeded;
  };
}
