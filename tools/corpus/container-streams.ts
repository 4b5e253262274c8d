import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { loadRules } from "@tallyman/rules";
import { readRuleFiles } from "../../apps/tallyman/src/rule-files/read-rule-files.ts";
import {
  type BundleConfig,
  ContainerPlace,
  makePrivileged,
  whyNoContainers,
} from "../../apps/tallyman/src/testing/containers.ts";
import { whyNoBpf } from "../../packages/sensor/src/testing/requirements.ts";
import type { CheckResult } from "./check-result.ts";
import { type LiveAlert, patienceMs, startWatch } from "./live-watch.ts";

/** Programs that do nothing, under the names of those that attackers use. */
const names = [
  ...[
    "apt-get",
    "base64",
    "chroot",
    "crictl",
    "ctr",
    "curl",
    "debugfs",
    "find",
    "id",
    "jq",
    "kubectl",
    "kubeletctl",
  ],
  ...[
    "mount",
    "nc",
    "nmap",
    "nsenter",
    "nslookup",
    "perl",
    "pkill",
    "printenv",
    "ssh",
    "tar",
    "unshare",
    "which",
    "xxd",
  ],
];
/** Shells, under the names of programs that make files and start others. */
const shells = ["nginx", "wget"];

/** What raises the alert of each of Elastic's rules for containers, done in one: by the names of the rules' files. */
const attacks: Readonly<Record<string, string>> = {
  command_and_control_curl_socks_proxy_detected_inside_container:
    "curl --socks5-hostname 127.0.0.1:9 http://127.0.0.1/",
  command_and_control_interactive_file_download_from_internet: "curl --output /tmp/x http://127.0.0.1/x",
  command_and_control_tunneling_and_port_forwarding: "ssh -R 8080:127.0.0.1:80 nobody@127.0.0.1",
  credential_access_cloud_creds_search_inside_a_container: "grep -r aws_secret_access_key /home",
  credential_access_collection_sensitive_files_compression_inside_a_container:
    "tar -cf /tmp/x.tar /etc/shadow",
  credential_access_sensitive_keys_or_passwords_search_inside_a_container: "find / -name id_rsa",
  credential_access_service_account_token_or_cert_read:
    "cat /var/run/secrets/kubernetes.io/serviceaccount/token",
  defense_evasion_decoded_payload_piped_to_interpreter:
    "for i in 1 2 3; do base64 -d /tmp/payload | sh; done",
  defense_evasion_deletion_of_shell_cmdline_history: "rm /root/.bash_history",
  defense_evasion_file_creation_execution_deletion_cradle:
    "wget -c 'echo \"#!/bin/sh\" >/tmp/stage'; chmod 755 /tmp/stage; /tmp/stage; unlink /tmp/stage",
  defense_evasion_interactive_process_execution_from_suspicious_directory:
    "cp /bin/true /tmp/tool; /tmp/tool",
  defense_evasion_ld_preload_shared_object_modified_inside_a_container: ": >/etc/ld.so.preload",
  defense_evasion_potential_evasion_via_encoded_payload: "xxd -r -p /tmp/payload",
  discovery_dns_enumeration: "nslookup kubernetes.default",
  discovery_environment_enumeration: "printenv",
  discovery_kubelet_certificate_file_access: "cat /var/lib/kubelet/pki/kubelet.key",
  discovery_kubelet_pod_discovery_via_builtin_utilities:
    "for i in 1 2 3 4 5; do ls /var/lib/kubelet/pods/$i; done",
  discovery_potential_cluster_enumeration_via_jq: "jq .items",
  discovery_privilege_boundary_enumeration_from_interactive_process: "id",
  discovery_service_account_namespace_read: "cat /var/run/secrets/kubernetes.io/serviceaccount/namespace",
  discovery_suspicious_network_tool_launched_inside_a_container: "nmap 127.0.0.1",
  discovery_tool_enumeration: "which curl",
  execution_container_management_binary_launched_inside_a_container: "crictl ps",
  execution_container_runtime_cli_suspicious_args: "ctr run --privileged image name",
  execution_direct_interactive_kubernetes_api_request: "kubectl get secrets",
  // The container's own first process is a shell.
  execution_interactive_exec_to_container: "true",
  execution_interactive_file_creation_followed_by_execution: "cp /bin/true /root/tool; /root/tool",
  execution_interactive_file_creation_in_system_binary_locations: "wget -c ': >/etc/made'",
  execution_interactive_shell_spawned_from_inside_a_container: "bash -i -c true",
  execution_kubeletctl_execution: "kubeletctl pods --server 127.0.0.1",
  execution_netcat_listener_established_inside_a_container: "nc -l -p 4444",
  execution_payload_downloaded_and_piped_to_shell: "for i in 1 2 3; do curl http://127.0.0.1/ | sh; done",
  execution_potential_direct_kubelet_access_via_process_args: "curl -k https://127.0.0.1:10250/pods",
  execution_suspicious_file_made_executable_via_chmod_inside_a_container: "chmod 777 /tmp/tool",
  execution_suspicious_interactive_interpreter_command_execution: "perl -e 'system(\"true\")'",
  execution_tool_installation: "apt-get install curl",
  impact_process_killing: "pkill nothing",
  persistence_modification_of_persistence_relevant_files: "echo >>/etc/crontab",
  persistence_ssh_authorized_keys_modification_inside_a_container: "echo >>/root/authorized_keys",
  persistence_suspicious_echo_or_printf_execution: "sh -c 'echo x >/tmp/y'",
  persistence_suspicious_webserver_child_process_execution: "nginx -c 'sh -c \"echo x | cat\"; true'",
  privilege_escalation_chroot_execution_detected_inside_container: "chroot /tmp",
  privilege_escalation_debugfs_launched_inside_a_privileged_container: "debugfs /dev/sda1",
  privilege_escalation_mount_launched_inside_a_privileged_container: "mount /dev/sda1 /tmp",
  privilege_escalation_nsenter_execution_inside_container: "nsenter -t 1 -m",
  privilege_escalation_potential_container_escape_via_modified_notify_on_release_file:
    "echo 1 >/tmp/notify_on_release",
  privilege_escalation_potential_container_escape_via_modified_release_agent_file:
    "echo /x >/tmp/release_agent",
  privilege_escalation_unshare_namespace_manip: "unshare --user",
};

/** Of a product that gives alerts, not events. */
const ofOthers = ["container_workload_protection"];

/**
 * Does what Elastic's rules for containers look for, in a container and then on the host in the same root file system, while `tallyman watch` runs those rules: each
 * has to alert on the one, and none on the other.
 */
export async function checkContainerStreams(shared: string): Promise<CheckResult> {
  const reason = whyNoBpf() ?? whyNoContainers();
  if (reason !== undefined)
    return { passed: 0, failed: [], skipped: Object.keys(attacks).length, notes: [`not run: ${reason}`] };
  const folder = join(shared, "corpus", "detection-rules", "rules", "integrations", "cloud_defend");
  if (!existsSync(folder))
    return { passed: 0, failed: [], skipped: 1, notes: [`not in the corpus: ${folder}`] };
  const { rules } = loadRules(readRuleFiles([folder]).files);
  const idOf = new Map(rules.map(({ rule_id, source }) => [basename(source.text.name, ".toml"), rule_id]));
  const place = new ContainerPlace(mkdtempSync(join(tmpdir(), "tallyman-container-streams-")));
  try {
    const watch = await startWatch(["--rules", folder, "--state", join(dirname(place.rootfs), "state")]);
    const containers = await attackFrom(place);
    const isOurs = ({ container }: LiveAlert) =>
      containers.includes(String((container as Record<string, unknown> | undefined)?.["id"]));
    const results = await Promise.all(
      Object.keys(attacks).map(async (name) => {
        if (!idOf.has(name)) return [];
        const isRaised = (alert: LiveAlert) =>
          alert["kibana.alert.rule.rule_id"] === idOf.get(name) && isOurs(alert);
        return (await watch.alert(isRaised)) ? [] : [`${name}: no alert within ${patienceMs / 1000} s`];
      }),
    );
    await watch.stop();
    const onHost = watch.alerts
      .filter((alert) => alert["kibana.alert.group.id"] === undefined && alert["container"] === undefined)
      .map((alert) => `an alert on the host: ${alert["kibana.alert.rule.name"]}`);
    const undone = [...idOf.keys()].filter((name) => attacks[name] === undefined && !ofOthers.includes(name));
    const absent = Object.keys(attacks).filter((name) => !idOf.has(name));
    const failed = [...results.flat(), ...onHost, ...undone.map((name) => `nothing is done for ${name}`)];
    const fired = results.filter((each) => each.length === 0).length - absent.length;
    return {
      passed: fired,
      failed,
      skipped: absent.length,
      notes: [
        `${fired} of ${rules.length} rules alerted`,
        ...absent.map((name) => `not in the corpus: ${name}`),
      ],
    };
  } finally {
    place.close();
  }
}

/** Does all of it on the host, and then in a container without and in one with privileges; gives the containers' ids. */
async function attackFrom(place: ContainerPlace): Promise<readonly string[]> {
  for (const name of names) place.addName(name);
  for (const name of shells) place.addShell(name);
  for (const program of ["cp", "rm", "unlink"]) place.addProgram(join("/bin", program));
  // A container that has ended leaves no files to read about it.
  place.put("attack.sh", [...Object.values(attacks), "sleep 0.5"].join("\n"));
  const prepare = () => {
    for (const file of ["etc/crontab", "root/authorized_keys", "root/.bash_history"]) place.put(file, "\n");
    for (const file of ["notify_on_release", "release_agent"]) place.put(join("tmp", file), "0\n");
    for (const made of ["etc/made", "etc/ld.so.preload", "root/tool", "tmp/tool", "tmp/y"])
      place.remove(made);
  };
  const [program, ...args] = ["/bin/bash", "/attack.sh"];
  prepare();
  await ended(spawn("chroot", [place.rootfs, program, ...args]));
  const inContainer = async (name: string, edit?: (config: BundleConfig) => void) => {
    prepare();
    const child = place.spawn(name, { args: [program, ...args], ...(edit !== undefined && { edit }) });
    await ended(child);
    return place.idOf(name);
  };
  return [await inContainer("streams"), await inContainer("streams-privileged", makePrivileged)];
}

/** What is printed is read, as the alerts are that come meanwhile. */
async function ended(child: ChildProcess): Promise<void> {
  child.stdout?.resume();
  child.stderr?.resume();
  await once(child, "exit");
}
