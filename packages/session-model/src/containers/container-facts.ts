/** What a runtime's files tell of a container. */
export interface ContainerFacts {
  readonly runtime: "docker" | "containerd" | "podman" | "cri-o" | "runc" | "crun";
  readonly name?: string;
  /** The reference that the container was made from: `registry.example/web:1.4`. */
  readonly image?: string;
  /** The image's own digest, as `sha256:…`. */
  readonly imageHash?: string;
  readonly privileged?: boolean;
  readonly pod?: PodFacts;
}

/** The Kubernetes pod of a container. */
export interface PodFacts {
  readonly name: string;
  readonly namespace?: string;
  readonly uid?: string;
  readonly ip?: string;
  /** The pod's own labels, as `name=value`. */
  readonly labels?: readonly string[];
}
