import type { SensorReport, SourceBuffer } from "@tallyman/sensor";
import { atLimit } from "./limit-reached.ts";
import { counter, gauge, type Places, type Sample, samplesOf } from "./metric.ts";

export const sensorMetrics = {
  source: gauge("tallyman_sensor_source_info", "Where events come from; always 1.", "source"),
  lost: counter(
    "tallyman_sensor_events_lost_total",
    "Events that the source had to drop, since its ring in the kernel or its queue was full.",
  ),
  events: counter("tallyman_sensor_events_total", "Events that were reported; of `sensor` only.", "action"),
  bufferBytes: gauge(
    "tallyman_sensor_buffer_bytes",
    "How much waits in the ring in the kernel or in the queue.",
    "buffer",
  ),
  bufferBytesLimit: gauge(
    "tallyman_sensor_buffer_limit_bytes",
    "How much the ring or the queue may hold.",
    "buffer",
  ),
  bufferEvents: gauge(
    "tallyman_sensor_buffer_events",
    "How many events wait in the queue, where it is not measured in bytes.",
    "buffer",
  ),
  bufferEventsLimit: gauge(
    "tallyman_sensor_buffer_limit_events",
    "How many events the queue may hold.",
    "buffer",
  ),
  processes: gauge(
    "tallyman_sensor_processes",
    "Processes in the process table, those that ended lately included.",
  ),
  processesLimit: gauge("tallyman_sensor_processes_limit", "How many processes the process table may hold."),
  living: gauge("tallyman_sensor_running_processes", "Processes in the process table that run."),
  text: gauge(
    "tallyman_sensor_process_text_bytes",
    "Arguments, environments and paths in the process table, about.",
  ),
  textLimit: gauge("tallyman_sensor_process_text_limit_bytes", "How much text the process table may hold."),
  snapshots: counter(
    "tallyman_sensor_proc_reads_total",
    "How often /proc was read: at the start, and again after events were lost.",
  ),
  unknown: counter(
    "tallyman_sensor_processes_unknown_total",
    "Processes first heard of by something other than their start: less is known of them.",
  ),
  vanished: counter("tallyman_sensor_processes_vanished_total", "Processes whose end was not reported."),
  stale: counter(
    "tallyman_sensor_events_stale_total",
    "Events of processes whose id has a new owner, which gave nothing.",
  ),
  repeated: counter(
    "tallyman_sensor_events_repeated_total",
    "Events that were reported twice, and gave nothing.",
  ),
} as const;

const places: Places<SensorReport> = {
  lost: [sensorMetrics.lost],
  snapshots: [sensorMetrics.snapshots],
  processes: [sensorMetrics.processes],
  livingProcesses: [sensorMetrics.living],
  textBytes: [sensorMetrics.text],
  evictedContainers: atLimit("containers"),
  evictedExited: atLimit("exited_processes"),
  evictedLiving: atLimit("processes"),
  evictedTexts: atLimit("process_text"),
  unknownProcesses: [sensorMetrics.unknown],
  vanishedProcesses: [sensorMetrics.vanished],
  staleEvents: [sensorMetrics.stale],
  repeatedEvents: [sensorMetrics.repeated],
  // What of `lost` has reached the model.
  lostEvents: null,
};

/** What there is to tell of a sensor. */
export function sensorSamples(source: string, report: SensorReport): readonly Sample[] {
  return [
    [sensorMetrics.source, 1, source],
    ...samplesOf(report, places),
    [sensorMetrics.processesLimit, report.limits.processesMax],
    [sensorMetrics.textLimit, report.limits.textBytesMax],
    ...report.buffers.flatMap(bufferSamples),
  ];
}

function bufferSamples({ held, limit, name, unit }: SourceBuffer): readonly Sample[] {
  const { bufferBytes, bufferBytesLimit, bufferEvents, bufferEventsLimit } = sensorMetrics;
  return unit === "bytes"
    ? [
        [bufferBytes, held, name],
        [bufferBytesLimit, limit, name],
      ]
    : [
        [bufferEvents, held, name],
        [bufferEventsLimit, limit, name],
      ];
}

/** Events by their action, of which there are as many as documents of the sensor can have. */
export function actionSamples(actions: ReadonlyMap<string, number>): readonly Sample[] {
  return Array.from(actions, ([action, count]): Sample => [sensorMetrics.events, count, action]);
}
