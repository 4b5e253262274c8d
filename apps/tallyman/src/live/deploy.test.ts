import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { neededCapabilities } from "@tallyman/sensor";
import { expect, test } from "vitest";
import { parseAllDocuments } from "yaml";
import { parseConfig } from "../config/load-config.ts";

const pathOf = (name: string) => fileURLToPath(new URL(`../../../../deploy/${name}`, import.meta.url));
const unit = readFileSync(pathOf("tallyman.service"), "utf8");
const objects = parseAllDocuments(readFileSync(pathOf("daemonset.yaml"), "utf8")).map((document) => {
  expect(document.errors).toEqual([]);
  return document.toJS();
});
const ofKind = (kind: string) => objects.find((object) => object.kind === kind);

const needed = neededCapabilities.ebpf.map((name) => name.toUpperCase()).sort();

test.each(["AmbientCapabilities", "CapabilityBoundingSet"])(
  "the service has as %s what eBPF takes",
  (key) => {
    const [, words = ""] = new RegExp(`^${key}=(.*)$`, "m").exec(unit) ?? [];
    expect(words.split(" ").sort()).toEqual(needed.map((name) => `CAP_${name}`));
  },
);

test("the service is a unit that systemd understands", ({ skip }) => {
  const { error, status, stderr } = spawnSync("systemd-analyze", ["verify", pathOf("tallyman.service")], {
    encoding: "utf8",
  });
  if (error !== undefined) skip("there is no systemd-analyze");
  expect([status, stderr]).toEqual([0, ""]);
});

test("the DaemonSet has what eBPF takes, and nothing else", () => {
  const pod = ofKind("DaemonSet").spec.template.spec;
  const [{ securityContext }] = pod.containers;
  expect(securityContext.capabilities).toEqual({ drop: ["ALL"], add: expect.any(Array) });
  expect(securityContext.capabilities.add.toSorted()).toEqual(needed);
  expect(securityContext).toMatchObject({ privileged: false, allowPrivilegeEscalation: false });
  expect(pod).toMatchObject({ hostPID: true, automountServiceAccountToken: false });
});

test("the DaemonSet's objects belong together", () => {
  const { metadata, spec } = ofKind("DaemonSet");
  for (const kind of ["ConfigMap", "DaemonSet"])
    expect(ofKind(kind).metadata.namespace).toBe(ofKind("Namespace").metadata.name);
  expect(spec.template.metadata.labels).toMatchObject(spec.selector.matchLabels);
  const volumes = spec.template.spec.volumes.map(({ name }: { readonly name: string }) => name);
  const [{ volumeMounts }] = spec.template.spec.containers;
  expect(volumeMounts.map(({ name }: { readonly name: string }) => name).sort()).toEqual(volumes.sort());
  expect(spec.template.spec.volumes[0].configMap.name).toBe(metadata.name);
});

test("the DaemonSet's metrics are served where they are looked for", () => {
  const { metadata, spec } = ofKind("DaemonSet").spec.template;
  const [{ ports, readinessProbe }] = spec.containers;
  const { config } = parseConfig(
    { path: "/etc/tallyman/tallyman.toml", text: ofKind("ConfigMap").data["tallyman.toml"] },
    {},
  );
  expect(ports).toEqual([{ name: "metrics", containerPort: 9464, protocol: "TCP" }]);
  expect(metadata.annotations["prometheus.io/port"]).toBe("9464");
  expect(readinessProbe.httpGet).toEqual({
    path: metadata.annotations["prometheus.io/path"],
    port: "metrics",
  });
  expect(String(config?.metrics.listen)).toBe("0.0.0.0:9464");
});

test("the DaemonSet's configuration is in order, its examples too", () => {
  const text: string = ofKind("ConfigMap").data["tallyman.toml"];
  const environment = { ALERT_TOKEN: "t" };
  for (const each of [text, text.replace(/^# ?/gm, "")]) {
    const { config, diagnostics } = parseConfig(
      { path: "/etc/tallyman/tallyman.toml", text: each },
      environment,
    );
    expect(diagnostics).toEqual([]);
    expect(config?.state.folder).toBe("/var/lib/tallyman");
  }
});
