import type { JsonObject } from "@tallyman/ecs";
import { endpointEvent } from "./endpoint-event.ts";
import { codeSignature, pickWindowsCommand } from "./windows-programs.ts";
import type { World } from "./world.ts";
import { zipf } from "./zipf.ts";

const pickKey = zipf(
  [
    "SYSTEM\\ControlSet001\\Services\\bam\\State",
    "SOFTWARE\\Vendor\\Agent\\{number}",
    "SYSTEM\\CurrentControlSet\\Services\\svc{number}",
    "SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Run",
    "SOFTWARE\\Policies\\Microsoft\\Windows Defender",
  ],
  1.7,
);
const pickValue = zipf(["Data", "Start", "Updater", "ImagePath", "DisableAntiSpyware"], 2);

/** Changes of the Windows registry as Elastic Defend records them. */
export function windowsRegistry(world: World): JsonObject {
  const { random } = world;
  const command = pickWindowsCommand(random);
  const key = pickKey(random).replace("{number}", String(random.below(90)));
  const value = pickValue(random);
  const kind = { category: "registry", type: ["change"], action: "modification" } as const;
  const signature = codeSignature(random, command);
  return endpointEvent(world, world.windowsHost(), kind, {
    registry: {
      hive: "HKLM",
      key,
      path: `HKLM\\${key}\\${value}`,
      value,
      data: {
        type: "REG_SZ",
        strings: [`C:\\ProgramData\\vendor\\${random.hex(5)}.exe`],
        bytes: random.hex(32),
      },
    },
    process: {
      Ext: { ancestry: world.ancestry(), code_signature: [signature] },
      entity_id: world.runningProcess(),
      executable: command.executable,
      name: command.name,
      pid: random.below(60_000),
      code_signature: signature,
      thread: { id: random.below(9000), Ext: { call_stack_summary: "ntdll.dll|kernelbase.dll" } },
    },
    user: { domain: "NT AUTHORITY", name: "SYSTEM", id: "S-1-5-18" },
  });
}
