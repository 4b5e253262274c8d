import { expect, test } from "vitest";
import { ContainerCatalogue } from "./container-catalogue.ts";

const id = "d26db257b7ee0d8890c53ebbe78fe2e5afcc2c839b346ad8bfe0b318ae8be921";
const group = `/docker/${id}`;
const second = 1_000_000_000n;

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
  expect(known.ofGroup("/c1", false, 0n)).toEqual({ id: "c1", facts: { runtime: "runc" } });
  const silent = catalogueOf({}).catalogue;
  expect(silent.ofGroup("/c1", false, 0n)).toBeUndefined();
  expect(silent.ofGroup("/c1", true, 0n)).toEqual({ id: "c1", facts: undefined });
});

test("crun tells of its bundle", () => {
  const files = {
    "/run/crun/c2/status": { pid: 5, bundle: "/bundles/c2" },
    "/bundles/c2/config.json": { annotations: { "io.kubernetes.container.name": "web" } },
  };
  expect(catalogueOf(files).catalogue.ofGroup("/c2", false, 0n)).toEqual({
    id: "c2",
    facts: { runtime: "crun", name: "web" },
  });
});

test("32 digits are a host's own group, until runc knows them", () => {
  const base = id.slice(0, 32);
  expect(catalogueOf({}).catalogue.ofGroup(`/process_api/${base}`, true, 0n)).toBeUndefined();
  const state = { [`/run/runc/${base}/state.json`]: {} };
  expect(catalogueOf(state).catalogue.ofGroup(`/${base}`, false, 0n)?.id).toBe(base);
});

test("files are read once where they tell something", () => {
  const { catalogue, asked } = catalogueOf({ [`/run/runc/${id}/state.json`]: {} });
  const first = catalogue.ofGroup(group, false, 0n);
  const count = asked.length;
  expect(catalogue.ofGroup(group, false, 100n * second)).toBe(first);
  expect(asked.length).toBe(count);
});

test("files that come late are found, and silent ones are not asked for ever", () => {
  const { catalogue, asked, files } = catalogueOf({});
  const facts = (at: bigint) => catalogue.ofGroup("/c1", true, at)?.facts;
  expect(facts(0n)).toBeUndefined();
  files["/run/runc/c1/state.json"] = {};
  expect(facts(second - 1n)).toBeUndefined();
  expect(facts(second)).toEqual({ runtime: "runc" });
  for (let s = 0n; s < 100n; s++) catalogue.ofGroup("/c2", true, s * second);
  const count = asked.length;
  catalogue.ofGroup("/c2", true, 1000n * second);
  expect(asked.length).toBe(count);
  expect(asked.filter((path) => path === "/run/runc/c2/state.json").length).toBe(5);
});

test("it remembers a limited number of containers", () => {
  const { catalogue } = catalogueOf({});
  for (let i = 0; i < 5000; i++) catalogue.ofGroup(`/c${i}`, true, 0n);
  expect(catalogue.evicted).toBe(5000 - 4096);
});

test("no name leads out of a runtime's folder", () => {
  const { catalogue, asked } = catalogueOf({});
  for (const path of ["/../../etc", "/a/..", "/.", "/x\u0000y", "/a b"]) catalogue.ofGroup(path, true, 0n);
  expect(asked.filter((path) => path.includes(".."))).toEqual([]);
});
