import type { Random } from "../../tools/random.ts";
import { type Command, pickCommand, programs, type Values } from "./program.ts";

const system = "C:\\Windows\\System32\\";

/** What of a command varies, the most frequent first. */
const values: Values = {
  service: [
    "netsvcs",
    "LocalService",
    "NetworkService",
    "LocalSystemNetworkRestricted",
    "DcomLaunch",
    "WsappxSvc",
  ],
  script: [
    "C:\\ops\\inventory.ps1",
    "C:\\Windows\\Temp\\job.ps1",
    "C:\\Users\\bob\\AppData\\Local\\Temp\\a.ps1",
  ],
  batch: [
    "C:\\ops\\backup.cmd",
    "C:\\ProgramData\\agent\\run.bat",
    "C:\\Users\\bob\\AppData\\Local\\Temp\\x.bat",
  ],
  dll: [
    "shell32.dll,Control_RunDLL",
    "C:\\Windows\\System32\\davclnt.dll,DavSetCookie",
    "PcaSvc.dll,PcaPatchSdbTask",
  ],
  key: [
    "HKLM\\Software\\Vendor\\Agent",
    "HKCU\\Software\\Policies",
    "HKLM\\Software\\Microsoft\\Windows\\CurrentVersion\\Run",
  ],
  class: ["{AB8902B4-09CA-4BB6-B78D-A8F59079A8D5}", "{3EB3C877-1F16-487C-9050-104DBCD66683}"],
  package: ["C:\\Windows\\Installer\\agent.msi", "C:\\ops\\setup.msi"],
  document: ["C:\\Users\\bob\\Documents\\report.docx", "C:\\Users\\alice\\Downloads\\invoice.docm"],
};

/** What the processes of Windows hosts are. */
export const pickWindowsCommand = pickCommand(
  programs(
    ["svchost.exe", `${system}svchost.exe`, "-k {service} -p", "-k {service} -p -s {service}"],
    ["conhost.exe", `${system}conhost.exe`, "0xffffffff -ForceV1", "0x4"],
    ["cmd.exe", `${system}cmd.exe`, "/c {batch}", "/d /s /c whoami", "/c echo {number}"],
    [
      "powershell.exe",
      `${system}WindowsPowerShell\\v1.0\\powershell.exe`,
      "-NoProfile -File {script}",
      "-NoProfile -ExecutionPolicy Bypass -File {script}",
      "-NonInteractive -Command Get-Service",
    ],
    [
      "chrome.exe",
      "C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe",
      "--type=renderer --lang=en-US --num-raster-threads=2 --renderer-client-id={number}",
      "--type=utility --utility-sub-type=network.mojom.NetworkService --lang=en-US",
      "--type=gpu-process",
    ],
    [
      "msedge.exe",
      "C:\\Program Files (x86)\\Microsoft\\Edge\\Application\\msedge.exe",
      "--type=renderer --lang=en-US --renderer-client-id={number}",
      "--no-startup-window --win-session-start",
    ],
    ["rundll32.exe", `${system}rundll32.exe`, "{dll}"],
    ["taskhostw.exe", `${system}taskhostw.exe`, "", "Install {number}"],
    ["backgroundTaskHost.exe", `${system}backgroundTaskHost.exe`, "-ServerName:App.{hex}.mca"],
    ["WmiPrvSE.exe", `${system}wbem\\WmiPrvSE.exe`, "-secured -Embedding", "-Embedding"],
    ["dllhost.exe", `${system}dllhost.exe`, "/Processid:{class}"],
    [
      "SearchProtocolHost.exe",
      `${system}SearchProtocolHost.exe`,
      "Global\\UsGthrFltPipeMssGthrPipe{number} 1",
    ],
    [
      "WINWORD.EXE",
      "C:\\Program Files\\Microsoft Office\\root\\Office16\\WINWORD.EXE",
      "/n {document}",
      "-Embedding",
    ],
    ["explorer.exe", "C:\\Windows\\explorer.exe", "", "/factory,{class} -Embedding"],
    ["msiexec.exe", `${system}msiexec.exe`, "/V", "/i {package} /qn"],
    ["reg.exe", `${system}reg.exe`, "query {key}", "add {key} /v Start /t REG_DWORD /d 1 /f"],
    [
      "schtasks.exe",
      `${system}schtasks.exe`,
      "/query /fo csv",
      "/run /tn backup",
      "/create /tn upd /tr {batch} /sc daily",
    ],
    ["net.exe", `${system}net.exe`, "user /domain", "start", "localgroup administrators"],
    ["whoami.exe", `${system}whoami.exe`, "", "/priv", "/groups"],
    ["certutil.exe", `${system}certutil.exe`, "-verifystore Root", "-hashfile {package} SHA256"],
    ["wscript.exe", `${system}wscript.exe`, "C:\\ops\\logon.vbs //B"],
    ["mshta.exe", `${system}mshta.exe`, "C:\\ops\\panel.hta"],
    ["regsvr32.exe", `${system}regsvr32.exe`, "/s {dll}"],
  ),
  values,
  ({ executable }) => executable,
);

const pickParent = pickCommand(
  programs(
    ["svchost.exe", `${system}svchost.exe`, "-k {service} -p"],
    ["explorer.exe", "C:\\Windows\\explorer.exe", ""],
    ["cmd.exe", `${system}cmd.exe`, "/c {batch}"],
    ["powershell.exe", `${system}WindowsPowerShell\\v1.0\\powershell.exe`, "-NoProfile -File {script}"],
  ),
  values,
  ({ executable }) => executable,
);

/** What starts a program; some have one parent only. */
export function pickWindowsParent(random: Random, { executable, name }: Command): Command {
  const only = onlyParents[name];
  if (only === "itself") return { name, executable, args: [executable] };
  return only === undefined
    ? pickParent(random)
    : { name: only, executable: `${system}${only}`, args: [`${system}${only}`] };
}

const onlyParents: Readonly<Record<string, string>> = {
  "svchost.exe": "services.exe",
  "taskhostw.exe": "svchost.exe",
  "WmiPrvSE.exe": "svchost.exe",
  "dllhost.exe": "svchost.exe",
  "backgroundTaskHost.exe": "svchost.exe",
  "SearchProtocolHost.exe": "SearchIndexer.exe",
  "conhost.exe": "cmd.exe",
  "explorer.exe": "userinit.exe",
  "chrome.exe": "itself",
  "msedge.exe": "itself",
};

/** A command line in which what has blanks is quoted. */
export function windowsCommandLine(args: readonly string[]): string {
  return args.map((argument) => (argument.includes(" ") ? `"${argument}"` : argument)).join(" ");
}

const signers: Readonly<Record<string, string>> = { "chrome.exe": "Google LLC" };

/** The signature of a program's file. */
export function codeSignature(random: Random, { executable, name }: Command) {
  return {
    trusted: true,
    subject_name:
      signers[name] ?? (executable.startsWith("C:\\Windows") ? "Microsoft Windows" : "Microsoft Corporation"),
    exists: true,
    status: "trusted",
    thumbprint_sha256: random.hex(64),
  };
}
