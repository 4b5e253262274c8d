import type { JsonObject } from "@tallyman/ecs";
import { endpointEvent } from "./endpoint-event.ts";
import {
  codeSignature,
  pickWindowsCommand,
  pickWindowsParent,
  windowsCommandLine,
} from "./windows-programs.ts";
import type { World } from "./world.ts";
import { zipf } from "./zipf.ts";

const pickUser = zipf(["SYSTEM", "bob", "alice", "LOCAL SERVICE", "svc_app"], 0.7);

/** Windows processes as Elastic Defend records them: their start with token, signature and call stack, and their end. */
export function windowsProcess(world: World): JsonObject {
  const { random } = world;
  const command = pickWindowsCommand(random);
  const parent = pickWindowsParent(random, command);
  const user = pickUser(random);
  const action = random.chance(0.6) ? "start" : "end";
  const signature = codeSignature(random, command);
  return endpointEvent(
    world,
    world.windowsHost(),
    { category: "process", type: [action], action },
    {
      process: {
        Ext: {
          ancestry: world.ancestry(),
          code_signature: [signature],
          authentication_id: "0x3e7",
          created_suspended: false,
          protection: "",
          relative_file_creation_time: random.fraction() * 1e8,
          relative_file_name_modify_time: random.fraction() * 1e8,
          session_info: {
            id: random.below(4),
            logon_type: "Service",
            client_address: "",
            authentication_package: "Negotiate",
            relative_logon_time: random.fraction() * 1e6,
            relative_password_age: random.fraction() * 1e6,
            user_flags: ["LOGON_EXTRA_SIDS"],
          },
          token: {
            integrity_level_name: random.pick(["system", "high", "medium"]),
            security_attributes: ["TSA://ProcUnique"],
            elevation_level: "default",
          },
        },
        args: command.args,
        args_count: command.args.length,
        command_line: windowsCommandLine(command.args),
        entity_id: world.startProcess(),
        executable: command.executable,
        name: command.name,
        pid: random.below(60_000),
        working_directory: "C:\\Windows\\system32\\",
        code_signature: signature,
        hash: { md5: random.hex(32), sha1: random.hex(40), sha256: random.hex(64) },
        pe: { original_file_name: command.name, imphash: random.hex(32) },
        parent: {
          Ext: { real: { pid: 0 } },
          args: parent.args,
          args_count: parent.args.length,
          command_line: windowsCommandLine(parent.args),
          entity_id: world.runningProcess(),
          executable: parent.executable,
          name: parent.name,
          pid: random.below(60_000),
          code_signature: codeSignature(random, parent),
          thread: {
            Ext: {
              call_stack_summary: `ntdll.dll|kernelbase.dll|kernel32.dll|${parent.name}`,
              call_stack: [
                { symbol_info: "C:\\Windows\\System32\\ntdll.dll!NtCreateUserProcess+0x14" },
                { symbol_info: "C:\\Windows\\System32\\KernelBase.dll!CreateProcessInternalW+0x1ea3" },
              ],
            },
          },
        },
      },
      user: {
        domain: user === "SYSTEM" ? "NT AUTHORITY" : "CORP",
        name: user,
        id: `S-1-5-21-${random.below(1e9)}-${random.below(1e9)}-${random.below(2000)}`,
      },
    },
  );
}
