// Tests of the program run the bundle that users run; Vitest calls `setup` once, before all tests.
export { build as setup } from "./build.mjs";
