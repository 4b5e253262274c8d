export type { Agent, Host } from "./host.ts";
export type * from "./kernel-event.ts";
export { defaultLimits, type ModelLimits } from "./limits.ts";
export type { Names, Ports, RuntimeFiles } from "./ports.ts";
export type { RunningProcess } from "./running-process.ts";
export { deviceOfPts, deviceOfTtyNumber } from "./session/char-device.ts";
export { type ModelReport, SessionModel } from "./session-model.ts";
