import { expect, test } from "vitest";
import { containerIdOf, plainContainerIdOf } from "./container-id.ts";

const id = "d26db257b7ee0d8890c53ebbe78fe2e5afcc2c839b346ad8bfe0b318ae8be921";
const other = "0af7c4efb5d3e0d1da1cf1be3ea0bd83ec9f8a0c4b7ac2ad5a9a4a6a6dbb1234";

test.for([
  [`/system.slice/docker-${id}.scope`, id],
  [`/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod1.slice/crio-${id}.scope`, id],
  [`/machine.slice/libpod-${id}.scope`, id],
  [`/machine.slice/libpod-${id}.scope/container`, id],
  [`/libpod_parent/libpod-${id}`, id],
  [`/kubepods.slice/kubepods-pod1.slice/cri-containerd-${id}.scope`, id],
  [`/system.slice/containerd-${id}.scope`, id],
  [`/docker/${id}`, id],
  [`/kubepods/burstable/pod005f082b-5fd9-4650-8ef4-473e63bc2d13/${id}`, id],
  [`/system.slice/containerd.service/kubepods-pod1.slice:cri-containerd:${id}`, id],
  // A process deeper in: systemd in a container, a container in a container.
  [`/system.slice/docker-${id}.scope/init.scope`, id],
  [`/system.slice/docker-${id}.scope/system.slice/nginx.service`, id],
  [`/docker/${id}/docker/${other}`, other],
  // Not containers.
  [`/machine.slice/libpod-conmon-${id}.scope`, undefined],
  [`/system.slice/crio-conmon-${id}.scope`, undefined],
  [`/process_api/${id.slice(0, 32)}`, undefined],
  [`/docker/${id.slice(0, 63)}`, undefined],
  [`/docker/${id}0`, undefined],
  [`/docker/${id.toUpperCase()}`, undefined],
  [`/docker/${id.slice(0, 63)}g`, undefined],
  ["/c1", undefined],
  ["/", undefined],
  ["", undefined],
] as const)("%s is %s", ([path, want]) => {
  expect(containerIdOf(path)).toBe(want);
});

test.for([
  ["/c1", "c1"],
  ["/user.slice/c1", "c1"],
  ["/system.slice/runc-c1.scope", "c1"],
  ["/web_1.2+x-y", "web_1.2+x-y"],
  ["/user.slice/user-1000.slice/session-3.scope", undefined],
  ["/system.slice/cron.service", undefined],
  ["/system.slice", undefined],
  ["/", undefined],
  ["/a/..", undefined],
  ["/a/.", undefined],
  ["/a b", undefined],
  [`/${"x".repeat(129)}`, undefined],
] as const)("plain: %s may be %s", ([path, want]) => {
  expect(plainContainerIdOf(path)).toBe(want);
});

test("a long path takes time in proportion to it", () => {
  expect(containerIdOf("/a".repeat(500_000))).toBeUndefined();
  expect(containerIdOf(`/${"a".repeat(1_000_000)}`)).toBeUndefined();
});
