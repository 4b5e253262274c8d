/** The data sets of documents, under Elastic Defend's names, and that of what only Elastic's Defend for Containers reports. */
export const datasets = {
  process: "endpoint.events.process",
  network: "endpoint.events.network",
  file: "endpoint.events.file",
  fileInContainer: "cloud_defend.file",
} as const;

export type Stream = keyof typeof datasets;

/** What documents are known by, whose shape is that of another agent's: their `agent.build.original`. */
export const madeBy = "tallyman";

/** Where Defend for Containers reports what others do too, though not in containers alone. It reports no connections. */
const containerDatasets = { process: "cloud_defend.process", file: datasets.fileInContainer } as const;

/**
 * Under which other names rules may look for documents, in the form of an engine's aliases: those of Defend for Containers where they are about a container.
 * Documents that Elastic's own agents made have their own names only, also where they name a container.
 */
export const documentAliases = (["process", "file"] as const).map((stream) => ({
  of: `logs-${datasets[stream]}-`,
  as: `logs-${containerDatasets[stream]}-`,
  filter: `agent.build.original: ${madeBy} and container.id: *`,
}));
