import { expect, test } from "vitest";
import { rehearsalDocuments } from "./rehearsal.ts";

test("the container is one of which everything is known", () => {
  const containers = [...rehearsalDocuments(2)].map(({ container }) => container).filter(Boolean);
  expect(containers[0]).toEqual({
    id: "0".repeat(64),
    runtime: "docker",
    name: "rehearsal",
    image: { name: "rehearsal", tag: ["0"] },
    security_context: { privileged: false },
  });
});

test("all that a sensor reports of what happens is rehearsed, on a terminal in a container as well", () => {
  const documents = [...rehearsalDocuments(2)] as unknown as {
    readonly event: { readonly action: string };
    readonly process: { readonly interactive: boolean };
  }[];
  const actionsOf = (isInteractive: boolean) =>
    documents
      .filter(({ process }) => process.interactive === isInteractive)
      .map(({ event }) => event.action)
      .sort();
  const actions = [
    "connection_accepted",
    "connection_attempted",
    "creation",
    "deletion",
    "disconnect_received",
    "end",
    "exec",
    "fork",
    "gid_change",
    "rename",
    "session_id_change",
    "uid_change",
  ];
  expect(actionsOf(false)).toEqual(actions);
  expect(actionsOf(true)).toEqual([...actions, "open"].sort());
});
