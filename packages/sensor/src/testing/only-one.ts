import { once } from "node:events";
import { createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

/**
 * Waits until no other test has what is the whole host's and there only once, such as audit, and has it until this process ends or the result is called.
 * The name is bound to a socket without a file, which the kernel frees whatever ends the process.
 */
export async function onlyOne(name: string): Promise<() => void> {
  for (;;) {
    const server = createServer().unref();
    server.listen(`\0tallyman-test-${name}`);
    const isBound = await once(server, "listening").then(
      () => true,
      () => false,
    );
    if (isBound) return () => server.close();
    await sleep(100);
  }
}
