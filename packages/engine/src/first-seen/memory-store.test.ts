import { describeFirstSeenStore } from "../testing/first-seen-suite.ts";
import type { FirstSeenStore } from "./first-seen-state.ts";
import { MemoryFirstSeenStore } from "./memory-store.ts";
import { restoreFirstSeen, saveFirstSeen } from "./store-file.ts";

describeFirstSeenStore("the store in memory", {
  open: (termsMax) => new MemoryFirstSeenStore([1, 2, 3, 4], termsMax === undefined ? {} : { termsMax }),
  reopen(store: FirstSeenStore) {
    const memory = store as MemoryFirstSeenStore;
    const restored = restoreFirstSeen(saveFirstSeen(memory), { termsMax: memory.termsMax });
    if ("problem" in restored) throw new Error(restored.problem);
    return restored.store;
  },
});
