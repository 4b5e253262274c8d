import { performance } from "node:perf_hooks";
import { getHeapStatistics } from "node:v8";
import { version } from "../version.ts";
import { counter, gauge, type Sample } from "./metric.ts";

/** What every program tells of itself, under the names that Prometheus' own libraries use. */
export const processMetrics = {
  build: gauge("tallyman_build_info", "The program; always 1.", "version", "node_version"),
  start: gauge("process_start_time_seconds", "When the program was started, in seconds since 1970."),
  cpu: counter(
    "process_cpu_seconds_total",
    "Processor time that the program has used, the kernel's for it included.",
  ),
  memory: gauge("process_resident_memory_bytes", "Memory that the program holds."),
  heap: gauge("nodejs_heap_size_used_bytes", "Memory that V8's heap has in use, garbage included."),
  loop: counter(
    "nodejs_eventloop_active_seconds_total",
    "How long its main thread was not idle: at a rate near 1, events wait.",
  ),
} as const;

export function processSamples(): readonly Sample[] {
  const { system, user } = process.cpuUsage();
  return [
    [processMetrics.build, 1, version, process.versions.node],
    [processMetrics.start, performance.timeOrigin / 1000],
    [processMetrics.cpu, (user + system) / 1e6],
    [processMetrics.memory, process.memoryUsage.rss()],
    [processMetrics.heap, getHeapStatistics().used_heap_size],
    [processMetrics.loop, performance.eventLoopUtilization().active / 1000],
  ];
}
