import { detectionMetrics } from "./detection-metrics.ts";
import { limitReached } from "./limit-reached.ts";
import type { Metric } from "./metric.ts";
import { processMetrics } from "./process-metrics.ts";
import { sensorMetrics } from "./sensor-metrics.ts";

/** All metrics that there are; docs/metrics.md lists them from here. */
export const allMetrics: readonly Metric[] = [
  ...Object.values(processMetrics),
  ...Object.values(sensorMetrics),
  ...Object.values(detectionMetrics),
  limitReached,
];
