import { expect, test } from "vitest";
import { ContainerCatalogue } from "../containers/container-catalogue.ts";
import { containerFields } from "./container-fields.ts";

const id = "d26db257b7ee0d8890c53ebbe78fe2e5afcc2c839b346ad8bfe0b318ae8be921";
const imageId = "0a".repeat(32);

function fieldsOf(files: Record<string, unknown>, cgroupPath = `/docker/${id}`): unknown {
  const read = (path: string) => {
    const content = files[path];
    return content === undefined || typeof content === "string" ? content : JSON.stringify(content);
  };
  const container = new ContainerCatalogue({ read }).ofGroup(cgroupPath, 0n);
  return container && containerFields(container, { name: "prod" });
}

/** A container of Kubernetes, of which no label says that it is privileged: what it was given does. */
function privilegedCases() {
  const dangerous = ["CAP_CHOWN", "CAP_SYS_ADMIN", "CAP_SYS_MODULE", "CAP_SYS_RAWIO"];
  const bundle = (bounding: unknown, maskedPaths?: unknown, readonlyPaths?: unknown) => ({
    [`/run/containerd/io.containerd.runtime.v2.task/k8s.io/${id}/config.json`]: {
      process: { capabilities: { bounding } },
      linux: { maskedPaths, readonlyPaths },
    },
  });
  const container = (runtime: string, privileged?: boolean) => ({
    container: { id, runtime, ...(privileged !== undefined && { security_context: { privileged } }) },
  });
  const runc = (Bounding: unknown, mask_paths: unknown, readonly_paths: unknown) => ({
    [`/run/runc/${id}/state.json`]: { config: { capabilities: { Bounding }, mask_paths, readonly_paths } },
  });
  return [
    ["privileged: everything, with nothing hidden", bundle(dangerous), container("containerd", true)],
    ["privileged: lists that are empty", bundle(dangerous, [], []), container("containerd", true)],
    ["not: paths are hidden", bundle(dangerous, ["/proc/kcore"]), container("containerd", false)],
    ["not: paths are read-only", bundle(dangerous, [], ["/proc/sys"]), container("containerd", false)],
    ["not: a capability is missing", bundle(dangerous.slice(0, 3)), container("containerd", false)],
    ["not: no capabilities", bundle([]), container("containerd", false)],
    ["unknown: no list of capabilities", bundle("all"), container("containerd")],
    ["privileged, as runc has it", runc(dangerous, null, null), container("runc", true)],
    ["not, as runc has it", runc(dangerous, ["/proc/kcore"], null), container("runc", false)],
    [
      "an engine's own word goes before",
      {
        [`/var/lib/containers/storage/overlay-containers/${id}/userdata/config.json`]: {
          annotations: { "io.podman.annotations.privileged": "FALSE" },
          process: { capabilities: { bounding: dangerous } },
        },
      },
      container("podman", false),
    ],
  ] as const;
}

test.for([
  ["no file", {}, { container: { id } }],
  [
    "docker",
    {
      [`/var/lib/docker/containers/${id}/config.v2.json`]: {
        Name: "/web",
        Image: `sha256:${imageId}`,
        Config: { Image: "registry.example/shop/web:1.4", Labels: { team: "shop" } },
      },
      [`/var/lib/docker/containers/${id}/hostconfig.json`]: { Privileged: true },
    },
    {
      container: {
        id,
        runtime: "docker",
        name: "web",
        image: { name: "registry.example/shop/web", tag: ["1.4"], hash: { all: [`sha256:${imageId}`] } },
        security_context: { privileged: true },
      },
    },
  ],
  [
    "docker under Kubernetes",
    {
      [`/var/lib/docker/containers/${id}/config.v2.json`]: {
        Name: "/k8s_web_shop-1_default_u-1_0",
        Config: {
          Image: "web@sha256:ff",
          Labels: {
            "io.kubernetes.container.name": "web",
            "io.kubernetes.pod.name": "shop-1",
            "io.kubernetes.pod.namespace": "default",
            "io.kubernetes.pod.uid": "u-1",
          },
        },
      },
    },
    {
      container: { id, runtime: "docker", name: "web", image: { name: "web", hash: { all: ["sha256:ff"] } } },
      orchestrator: {
        type: "kubernetes",
        namespace: "default",
        cluster: { name: "prod" },
        resource: { type: "pod", name: "shop-1", id: "u-1" },
      },
    },
  ],
  [
    "containerd under Kubernetes",
    {
      [`/run/containerd/io.containerd.runtime.v2.task/k8s.io/${id}/config.json`]: {
        annotations: {
          "io.kubernetes.cri.container-name": "web",
          "io.kubernetes.cri.container-type": "container",
          "io.kubernetes.cri.image-name": "docker.io/library/nginx:1.25",
          "io.kubernetes.cri.sandbox-name": "shop-1",
          "io.kubernetes.cri.sandbox-namespace": "default",
          "io.kubernetes.cri.sandbox-uid": "u-1",
        },
      },
    },
    {
      container: {
        id,
        runtime: "containerd",
        name: "web",
        image: { name: "docker.io/library/nginx", tag: ["1.25"] },
      },
      orchestrator: {
        type: "kubernetes",
        namespace: "default",
        cluster: { name: "prod" },
        resource: { type: "pod", name: "shop-1", id: "u-1" },
      },
    },
  ],
  [
    "containerd of k3s, without annotations",
    { [`/run/k3s/containerd/io.containerd.runtime.v2.task/k8s.io/${id}/config.json`]: {} },
    { container: { id, runtime: "containerd" } },
  ],
  [
    "podman",
    {
      [`/var/lib/containers/storage/overlay-containers/${id}/userdata/config.json`]: {
        annotations: { "io.container.manager": "libpod", "io.podman.annotations.privileged": "TRUE" },
      },
      "/var/lib/containers/storage/overlay-containers/containers.json": [
        { id: "another", names: ["other"] },
        {
          id,
          names: ["web"],
          image: imageId,
          metadata: JSON.stringify({
            "image-name": "docker.io/library/alpine:3",
            "image-id": imageId,
            name: "web",
          }),
        },
      ],
    },
    {
      container: {
        id,
        runtime: "podman",
        name: "web",
        image: { name: "docker.io/library/alpine", tag: ["3"], hash: { all: [`sha256:${imageId}`] } },
        security_context: { privileged: true },
      },
    },
  ],
  [
    "cri-o",
    {
      [`/run/containers/storage/overlay-containers/${id}/userdata/config.json`]: {
        annotations: {
          "io.container.manager": "cri-o",
          "io.kubernetes.container.name": "web",
          "io.kubernetes.pod.name": "shop-1",
          "io.kubernetes.pod.namespace": "default",
          "io.kubernetes.pod.uid": "u-1",
          "io.kubernetes.cri-o.ImageName": "quay.io/shop/web:1",
          "io.kubernetes.cri-o.ImageRef": imageId,
          "io.kubernetes.cri-o.IP.0": "10.88.0.5",
          "io.kubernetes.cri-o.Labels": JSON.stringify({ app: "shop", "io.kubernetes.pod.name": "shop-1" }),
        },
      },
    },
    {
      container: {
        id,
        runtime: "cri-o",
        name: "web",
        image: { name: "quay.io/shop/web", tag: ["1"], hash: { all: [`sha256:${imageId}`] } },
      },
      orchestrator: {
        type: "kubernetes",
        namespace: "default",
        cluster: { name: "prod" },
        resource: { type: "pod", name: "shop-1", id: "u-1", ip: ["10.88.0.5"], label: ["app=shop"] },
      },
    },
  ],
  [
    "runc below another engine: its labels are the annotations",
    {
      [`/run/runc/${id}/state.json`]: {
        config: {
          labels: ["bundle=/b", "io.kubernetes.cri.container-name=web", "io.kubernetes.cri.image-name=a=b"],
        },
      },
    },
    { container: { id, runtime: "runc", name: "web", image: { name: "a=b" } } },
  ],
  ...privilegedCases(),
  [
    // An image's labels become its container's: whoever made the image chooses them.
    "names and labels beyond any that engines allow",
    {
      [`/var/lib/docker/containers/${id}/config.v2.json`]: {
        Name: `/${"n".repeat(2000)}`,
        Config: {
          Image: "i".repeat(2000),
          Labels: {
            "io.kubernetes.container.name": "c".repeat(2000),
            "io.kubernetes.pod.name": "web",
            "io.kubernetes.pod.namespace": "s".repeat(1025),
            "io.kubernetes.pod.uid": "u".repeat(1024),
            "io.kubernetes.cri-o.Labels": JSON.stringify({ a: "x".repeat(400), b: "y" }),
          },
        },
      },
    },
    {
      container: { id, runtime: "docker" },
      orchestrator: {
        type: "kubernetes",
        cluster: { name: "prod" },
        resource: { type: "pod", name: "web", id: "u".repeat(1024), label: ["b=y"] },
      },
    },
  ],
  [
    "a file that is being written",
    { [`/var/lib/docker/containers/${id}/config.v2.json`]: '{"Name":"/we' },
    { container: { id } },
  ],
  [
    "a file of another shape",
    { [`/var/lib/docker/containers/${id}/config.v2.json`]: { Name: 7, Config: [], Image: null } },
    { container: { id, runtime: "docker" } },
  ],
] as const)("%s", ([, files, want]) => {
  expect(JSON.parse(JSON.stringify(fieldsOf(files)))).toEqual(want);
});
