import { expect, test } from "vitest";
import type { Entry } from "../session/entry.ts";
import { ContainerCatalogue } from "./container-catalogue.ts";

const id = "d26db257b7ee0d8890c53ebbe78fe2e5afcc2c839b346ad8bfe0b318ae8be921";
const group = `/docker/${id}`;
const second = 1_000_000_000n;

const inContainer = (cgroupPath: string): Entry => ({
  type: "container",
  leaderPid: 7,
  leaderId: "someone",
  cgroupPath,
});

function catalogueOf(files: Record<string, unknown>) {
  const asked: string[] = [];
  const read = (path: string) => {
    asked.push(path);
    const content = files[path];
    return content === undefined
      ? undefined
      : typeof content === "string"
        ? content
        : JSON.stringify(content);
  };
  return { catalogue: new ContainerCatalogue({ read }), asked, files };
}

test("a plain name is a container's where runc says so, or where the process is in one", () => {
  const state = { "/run/runc/c1/state.json": { config: { labels: ["bundle=/b"] } } };
  const known = catalogueOf(state).catalogue;
  expect(known.ofGroup("/c1", 0n)).toEqual({ id: "c1", facts: { runtime: "runc" } });
  const silent = catalogueOf({}).catalogue;
  expect(silent.ofGroup("/c1", 0n)).toBeUndefined();
  expect(silent.ofProcess("/c1", inContainer("/c1"), 0n)).toEqual({ id: "c1", facts: undefined });
});

test("a process that its group does not place is in the container through which it came in", () => {
  const { catalogue } = catalogueOf({ "/run/runc/c1/state.json": {} });
  const of = (own: string | undefined, entryGroup: string) =>
    catalogue.ofProcess(own, inContainer(entryGroup), 0n)?.id;
  expect(of("/c1/init.scope", "/c1")).toBe("c1");
  expect(of("/c1/anything", "/c1")).toBe("c1");
  expect(of("/c9/anything", "/c9")).toBe("c9");
  expect(of(undefined, group)).toBe(id);
  expect(of("/user.slice", group)).toBe(id);
  expect(of("/docker/a/b", `/docker/${id}/c`)).toBe(id);
  // A container within it is another one.
  const inner = `0${id.slice(1)}`;
  expect(of(`${group}/docker/${inner}`, group)).toBe(inner);
  const { cgroupPath: _, ...ofForeignSource } = inContainer("");
  expect(catalogue.ofProcess("/c9", ofForeignSource, 0n)?.id).toBe("c9");
  expect(catalogue.ofProcess("/user.slice", { ...inContainer(group), type: "sshd" }, 0n)).toBeUndefined();
});

test("crun tells of its bundle", () => {
  const files = {
    "/run/crun/c2/status": { pid: 5, bundle: "/bundles/c2" },
    "/bundles/c2/config.json": { annotations: { "io.kubernetes.container.name": "web" } },
  };
  expect(catalogueOf(files).catalogue.ofGroup("/c2", 0n)).toEqual({
    id: "c2",
    facts: { runtime: "crun", name: "web" },
  });
});

test("32 digits are a host's own group, until runc knows them", () => {
  const base = id.slice(0, 32);
  expect(
    catalogueOf({}).catalogue.ofProcess(`/process_api/${base}`, inContainer(`/process_api/${base}`), 0n),
  ).toBeUndefined();
  const state = { [`/run/runc/${base}/state.json`]: {} };
  expect(catalogueOf(state).catalogue.ofGroup(`/${base}`, 0n)?.id).toBe(base);
});

test("files are read once where they tell something", () => {
  const { catalogue, asked } = catalogueOf({ [`/run/runc/${id}/state.json`]: {} });
  const first = catalogue.ofGroup(group, 0n);
  const count = asked.length;
  expect(catalogue.ofGroup(group, 100n * second)).toBe(first);
  expect(asked.length).toBe(count);
});

test("files that come late are found, and silent ones are not asked for ever", () => {
  const { catalogue, asked, files } = catalogueOf({});
  const facts = (at: bigint) => catalogue.ofProcess("/c1", inContainer("/c1"), at)?.facts;
  expect(facts(0n)).toBeUndefined();
  files["/run/runc/c1/state.json"] = {};
  expect(facts(second - 1n)).toBeUndefined();
  expect(facts(second)).toEqual({ runtime: "runc" });
  for (let s = 0n; s < 100n; s++) catalogue.ofProcess("/c2", inContainer("/c2"), s * second);
  const count = asked.length;
  catalogue.ofProcess("/c2", inContainer("/c2"), 1000n * second);
  expect(asked.length).toBe(count);
  expect(asked.filter((path) => path === "/run/runc/c2/state.json").length).toBe(5);
});

test("it remembers a limited number of containers", () => {
  const { catalogue } = catalogueOf({});
  for (let i = 0; i < 5000; i++) catalogue.ofProcess(`/c${i}`, inContainer(`/c${i}`), 0n);
  expect(catalogue.evicted).toBe(5000 - 4096);
});

test("a bundle whose path is not absolute is not looked for", () => {
  const { catalogue, asked } = catalogueOf({ "/run/crun/c2/status": { bundle: "../etc" } });
  expect(catalogue.ofGroup("/c2", 0n)?.facts).toEqual({ runtime: "crun" });
  expect(asked).toEqual(["/run/runc/c2/state.json", "/run/crun/c2/status"]);
});

test("files nested as deep as they are long do no harm", () => {
  const deep = { [`/run/runc/${id}/state.json`]: `{"config":`.repeat(100_000) + "}".repeat(100_000) };
  expect(catalogueOf(deep).catalogue.ofGroup(group, 0n)).toEqual({ id, facts: undefined });
});

test("no name leads out of a runtime's folder", () => {
  const { catalogue, asked } = catalogueOf({});
  for (const path of ["/../../etc", "/a/..", "/.", "/x\u0000y", "/a b"])
    catalogue.ofProcess(path, inContainer(path), 0n);
  expect(asked.filter((path) => path.includes(".."))).toEqual([]);
});
