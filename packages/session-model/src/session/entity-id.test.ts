import fc from "fast-check";
import { expect, test } from "vitest";
import { EntityIds, startTick, tickTimeNs } from "./entity-id.ts";

const ids = new EntityIds("7c0c6f2e-9a35-4ecf-94cd-3d6f4c3f7a10", 4026531836);

test("the kernel's nanoseconds and the hundredths of /proc give the same tick", () => {
  fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: 10n ** 18n }), (startNs) => {
      const fieldOfStat = startNs / 10_000_000n;
      expect(startTick(startNs)).toBe(startTick(fieldOfStat * 10_000_000n));
      expect(tickTimeNs(startTick(startNs))).toBe(fieldOfStat * 10_000_000n);
    }),
  );
});

test("ids are equal exactly if pid and tick are", () => {
  const process = fc.record({
    pid: fc.integer({ min: 0, max: 2 ** 22 }),
    tick: fc.integer({ min: 0, max: 2 ** 40 }),
  });
  fc.assert(
    fc.property(process, process, (a, b) => {
      const same = a.pid === b.pid && a.tick === b.tick;
      expect(ids.of(a.pid, a.tick) === ids.of(b.pid, b.tick)).toBe(same);
      expect(ids.of(a.pid, a.tick)).toMatch(/^[\w-]{33}$/);
    }),
  );
});

test("ids differ between boots and between hosts' namespaces", () => {
  const others = [
    new EntityIds("0d7b1a57-1f30-4a3c-8f0a-b3cf6f2a7a11", 4026531836),
    new EntityIds("7c0c6f2e-9a35-4ecf-94cd-3d6f4c3f7a10", 4026531837),
    new EntityIds("7c0c6f2e-9a35-4ecf-94cd-3d6f4c3f7a10", undefined),
  ];
  expect(new Set([ids, ...others].map((some) => some.of(1, 0))).size).toBe(4);
});

test("an id never changes: it is stored with events", () => {
  expect(ids.of(4711, 123_456)).toBe("CyYVE6XJoxhfAjSYWaTMAAABJnAAAAeJA");
});
