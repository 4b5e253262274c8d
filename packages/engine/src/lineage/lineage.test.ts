import { FieldSlots, type Json, type JsonObject, ParsedEvent } from "@tallyman/ecs";
import { expect, test } from "vitest";
import { MarkedProcesses } from "./marked-processes.ts";
import { processPlaceReader } from "./process-place.ts";
import { ancestorsMax, ProcessTree } from "./process-tree.ts";
import { Relations } from "./relations.ts";

function processPlaceOf(document: JsonObject) {
  const slots = new FieldSlots();
  return processPlaceReader(slots)(new ParsedEvent(document, slots));
}

const key = (id: string) => `s${id.length}:${id}`;

test.for<[document: JsonObject, process: string | undefined, above: readonly string[]]>([
  [{ process: { entity_id: "p", parent: { entity_id: "q" } } }, "p", ["q"]],
  [{ process: { entity_id: "p", Ext: { ancestry: ["q", "r"] } } }, "p", ["q", "r"]],
  [
    { process: { entity_id: "p", parent: { entity_id: "q" }, Ext: { ancestry: ["q", "r"] } } },
    "p",
    ["q", "r"],
  ],
  [{ process: { entity_id: "p", parent: { entity_id: "x" }, Ext: { ancestry: ["q"] } } }, "p", ["x", "q"]],
  [{ "process.entity_id": "p", "process.Ext.ancestry": "q" }, "p", ["q"]],
  [{ process: { entity_id: "p" } }, "p", []],
  [{ process: { entity_id: "p", parent: { entity_id: "" }, Ext: { ancestry: ["", null] } } }, "p", []],
  [{ process: { entity_id: "", parent: { entity_id: "q" } } }, undefined, []],
  [{ process: { pid: 7, parent: { entity_id: "q" } } }, undefined, []],
  [{}, undefined, []],
])("the process of %j is %s", ([document, process, above]) => {
  const place = processPlaceOf(document);
  expect(place?.process).toBe(process && key(process));
  expect(place?.above ?? []).toEqual(above.map(key));
});

test("an event does not decide how much of it is kept", () => {
  const ancestry = Array.from({ length: 1000 }, (_, i) => `a${i}`);
  const place = processPlaceOf({ process: { entity_id: "x".repeat(1e6), Ext: { ancestry } } });
  expect(place?.process.length).toBeLessThan(100);
  expect([place?.above.length, place?.isCut]).toEqual([32, true]);
});

test("a process that names ever new ancestors is known by some of them, and the rest is counted", () => {
  const tree = new ProcessTree();
  for (let i = 0; i < 1000; i++) tree.note({ process: "p", above: [`a${i}`] });
  expect(tree.ancestorsOf({ process: "p", above: [] }).processes).toHaveLength(64);
  expect(tree.droppedCount).toBe(1000 - 64);
  tree.note({ process: "p", above: ["a0"] });
  expect(tree.droppedCount).toBe(1000 - 64);
});

test("processes that all name one another are not followed through every link", () => {
  const tree = new ProcessTree();
  const names = Array.from({ length: 800 }, (_, i) => `p${i}`);
  for (const [i, process] of names.entries())
    tree.note({ process, above: Array.from({ length: 60 }, (_, k) => names[(i + k + 1) % 800] as string) });
  const { isCut, processes } = tree.ancestorsOf({ process: "p0", above: [] });
  expect(isCut).toBe(true);
  expect(processes.length).toBeLessThan(16_000 / 60 + 60);
});

test("of too many processes the tree forgets those that were silent for the longest, and counts them", () => {
  const tree = new ProcessTree(3);
  for (const process of ["a", "b", "c"]) tree.note({ process, above: ["root"] });
  tree.note({ process: "a", above: ["root"] });
  tree.note({ process: "d", above: ["a"] });
  expect([tree.size, tree.droppedCount]).toEqual([3, 1]);
  const ancestorsOf = (process: string) => tree.ancestorsOf({ process, above: [] }).processes;
  expect(ancestorsOf("b")).toEqual([]);
  expect(ancestorsOf("d")).toEqual(["a", "root"]);
  // A process that says nothing of its ancestors takes no room.
  tree.note({ process: "e", above: [] });
  expect(tree.size).toBe(3);
});

test("ancestors are looked at up to a number, however long the line is and wherever it turns on itself", () => {
  const tree = new ProcessTree(5000);
  for (let i = 1; i < 3000; i++) tree.note({ process: `p${i}`, above: [`p${i - 1}`] });
  const all = tree.ancestorsOf({ process: "p2999", above: [] });
  expect([all.processes.length, all.isCut]).toEqual([ancestorsMax, true]);
  const short = tree.ancestorsOf({ process: "p500", above: [] });
  expect([short.processes.length, short.isCut]).toEqual([500, false]);
  tree.note({ process: "p0", above: ["p9"] });
  expect(tree.ancestorsOf({ process: "p5", above: [] }).processes.toSorted()).toEqual([
    "p0",
    "p1",
    "p2",
    "p3",
    "p4",
    "p6",
    "p7",
    "p8",
    "p9",
  ]);
});

test("marks have a limit too", () => {
  const marks = new MarkedProcesses(2);
  for (const process of ["a", "b", "a", "c"]) marks.add(process);
  expect([...marks]).toEqual(["a", "c"]);
  expect([marks.size, marks.droppedCount, marks.has("b"), marks.has("a")]).toEqual([2, 1, false, true]);
});

test("what is cut is counted", () => {
  const tree = new ProcessTree();
  const relation = { id: 0, relation: "descendant", condition: undefined, filter: undefined } as const;
  const relations = new Relations([relation], tree, { marksMax: 2 });
  for (const process of ["a", "b", "c"])
    relations.see({ place: { process, above: [], isCut: false }, fulfils: () => true });
  expect(relations.cutCount).toBe(1);
  relations.see({ place: { process: "d", above: ["c"], isCut: true }, fulfils: () => false })(0);
  expect(relations.cutCount).toBe(2);
  for (const saved of [
    null,
    {},
    { cutCount: 0, marks: [] },
    { cutCount: 0, marks: [[1]] },
    { cutCount: "0", marks: [[]] },
  ])
    expect(new Relations([relation], tree).restore(saved as Json)).toBe(false);
  for (const saved of [
    null,
    {},
    { droppedCount: 0, processes: [[]] },
    { droppedCount: 0, processes: [["a", 1]] },
  ])
    expect(new ProcessTree().restore(saved as Json)).toBe(false);
});
