import { fileURLToPath } from "node:url";
import { rolldown } from "rolldown";

/**
 * Bundles `sensor-program.ts` into a folder of the repository's, the way that the program itself is bundled: with the worker's file beside
 * it. Gives the folder, in which `program.js` is to be run.
 */
export async function bundleSensorProgram(): Promise<string> {
  const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
  const bundle = await rolldown({
    input: { program: here("./sensor-program.ts"), "sensor-worker": here("../worker/sensor-worker.ts") },
    platform: "node",
    external: ["koffi"],
  });
  // Where koffi is found from.
  const folder = here(`../../../../.build/sensor-program-${process.pid}`);
  await bundle.write({ dir: folder, format: "esm", entryFileNames: "[name].js" });
  await bundle.close();
  return folder;
}
