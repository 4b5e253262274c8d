import type { KernelEvent } from "../kernel-event.ts";
import { boot, root, tom } from "./host-story.ts";

const pidsMax = 6000;

/** Events that fit together only by chance, the same in each run: nearly all that a process can do, with text that never repeats. */
export function* randomEvents(count: number): Generator<KernelEvent> {
  const below = numbers();
  for (let i = 0; i < count; i++) yield eventNumber(i, below);
}

function numbers(): (below: number) => number {
  let state = 1;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/** Some event of some process: most often an exec with arguments of its own, in a control group of its own. */
function eventNumber(i: number, below: (limit: number) => number): KernelEvent {
  const atNs = boot(60) + BigInt(i) * 100_000n;
  const pid = 2 + below(pidsMax);
  const facts = { pid, ppid: 1 + below(pidsMax), pgid: below(pidsMax), sid: below(pidsMax), atNs };
  switch (below(8)) {
    case 0:
    case 1:
      return {
        kind: "fork",
        ...facts,
        startNs: atNs,
        forkerPid: below(pidsMax),
        cgroup: { path: `/group-${i}` },
      };
    case 2:
    case 3:
      return {
        kind: "exec",
        ...facts,
        filename: `/opt/program-${i}`,
        args: ["program", `${i}`.repeat(below(40))],
        environment: [`SSH_CONNECTION=10.0.0.1 ${i} 10.0.0.2 22`],
        credentials: below(2) === 0 ? root : tom,
      };
    case 4:
      return { kind: "setsid", pid, atNs };
    case 5:
      return { kind: "create", pid, atNs, path: `/tmp/file-${i}` };
    case 6:
      return {
        kind: "connect",
        pid,
        atNs,
        protocol: "tcp",
        family: "ipv4",
        remote: { address: "10.0.0.9", port: i & 0xffff },
      };
    default:
      return { kind: "exit", ...facts, exitCode: 0 };
  }
}
