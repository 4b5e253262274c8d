// Runs the eBPF source as a program of its own, for tests of what becomes of it and for the benchmark. Says `ready` when it reports, then the
// arguments of each exec. With the argument `count` it says, when it is told to end, how many there were and what they cost, since it began or
// was last sent SIGUSR2. With the argument `drop` it becomes user 65534 first.
import { dropPrivileges, giveUpStartRights, neededCapabilities } from "../privileges.ts";
import { EbpfSource } from "../sources/ebpf.ts";
import { startSource } from "../start-source.ts";

const isCounting = process.argv[2] === "count";

try {
  if (process.argv[2] === "drop") dropPrivileges({ uid: 65534, gid: 65534, keep: neededCapabilities.ebpf });
  const { running } = await startSource([new EbpfSource()]);
  giveUpStartRights();
  let start = process.cpuUsage();
  let execs = 0;
  if (isCounting) {
    process.once("SIGTERM", () => void running.stop());
    process.on("SIGUSR2", () => {
      start = process.cpuUsage();
      execs = 0;
      process.stdout.write("from zero\n");
    });
  }
  process.stdout.write("ready\n");
  for await (const batch of running.events())
    for (const event of batch) {
      if (event.kind !== "exec") continue;
      execs += 1;
      if (!isCounting) process.stdout.write(`${event.args?.join(" ")}\n`);
    }
  const { user, system } = process.cpuUsage(start);
  if (isCounting)
    process.stdout.write(`${JSON.stringify({ execs, lost: running.lost, cpuUs: user + system })}\n`);
} catch (error) {
  process.stdout.write(`${(error as Error).message}\n`);
}
