// Runs the eBPF source as a program of its own, for tests of what becomes of it: `ready` when it reports, then the arguments of each exec.
import { EbpfSource } from "../sources/ebpf.ts";
import { startSource } from "../start-source.ts";

try {
  const { running } = await startSource([new EbpfSource()]);
  process.stdout.write("ready\n");
  for await (const batch of running.events())
    for (const event of batch) if (event.kind === "exec") process.stdout.write(`${event.args?.join(" ")}\n`);
} catch (error) {
  process.stdout.write(`${(error as Error).message}\n`);
}
