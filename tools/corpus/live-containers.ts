import { existsSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ContainerPlace, whyNoContainers } from "../../apps/tallyman/src/testing/containers.ts";
import { doScenarios, isOf, type ScenarioName } from "../../apps/tallyman/src/testing/scenarios.ts";
import { whyNoBpf } from "../../packages/sensor/src/testing/requirements.ts";
import type { CheckResult } from "./check-result.ts";
import { patienceMs, startWatch } from "./live-watch.ts";

/** Elastic's rules for the six attacks. */
const files: Readonly<Record<ScenarioName, string>> = {
  shell: "execution_unusual_interactive_process_inside_container.toml",
  utility: "execution_container_management_binary_launched_inside_container.toml",
  chmod: "execution_file_made_executable_via_chmod_inside_container.toml",
  egress: "execution_egress_connection_from_entrypoint_in_container.toml",
  privileged: "execution_potentially_overly_permissive_container_creation.toml",
  credentials: "credential_access_aws_creds_search_inside_container.toml",
};

/** Does six attacks with real containers while `tallyman watch` runs Elastic's own rules, and looks for the alert of each. */
export async function checkLiveContainers(shared: string): Promise<CheckResult> {
  const reason = whyNoBpf() ?? whyNoContainers();
  const names = Object.keys(files) as ScenarioName[];
  if (reason !== undefined)
    return { passed: 0, failed: [], skipped: names.length, notes: [`not run: ${reason}`] };
  const folder = join(shared, "corpus", "detection-rules", "rules", "linux");
  const there = names.filter((name) => existsSync(join(folder, files[name])));
  const place = new ContainerPlace(mkdtempSync(join(tmpdir(), "tallyman-live-containers-")));
  try {
    const rules = there.flatMap((name) => ["--rules", join(folder, files[name])]);
    const watch = await startWatch([...rules, "--state", join(place.rootfs, "..", "state")]);
    const traces = await doScenarios(place, "elastic");
    const results = await Promise.all(
      there.map(async (name) => {
        const isFound = await watch.alert((alert) => isOf(alert, traces[name]) && isFrom(alert, name));
        return isFound ? [] : [`${files[name]}: no alert within ${patienceMs / 1000} s`];
      }),
    );
    await watch.stop();
    const failed = results.flat();
    const absent = names
      .filter((name) => !there.includes(name))
      .map((name) => `not in the corpus: ${files[name]}`);
    return { passed: there.length - failed.length, failed, skipped: absent.length, notes: absent };
  } finally {
    place.close();
  }
}

/** Elastic's names change; what a rule is about is in that of its file. */
const wordsOf: Readonly<Record<ScenarioName, RegExp>> = {
  shell: /interactive/i,
  utility: /management/i,
  chmod: /executable|chmod/i,
  egress: /egress/i,
  privileged: /privileged|permissive/i,
  credentials: /credential/i,
};

function isFrom(alert: Readonly<Record<string, unknown>>, name: ScenarioName): boolean {
  return wordsOf[name].test(String(alert["kibana.alert.rule.name"]));
}
