/** The data sets of documents, under Elastic Defend's names. */
export const datasets = {
  process: "endpoint.events.process",
  network: "endpoint.events.network",
  file: "endpoint.events.file",
} as const;

/** What documents are known by, whose shape is that of another agent's: their `agent.build.original`. */
export const madeBy = "tallyman";

/** In Elastic's stack what happens in containers is reported by a sensor of its own, to data streams of its own. It reports no connections. */
const containerDatasets = { process: "cloud_defend.process", file: "cloud_defend.file" } as const;

/**
 * Under which other names rules may look for documents, in the form of an engine's aliases: those of Elastic's Defend for Containers where they are about a container.
 * Documents that Elastic's own agents made have their own names only, also where they name a container.
 */
export const documentAliases = Object.entries(containerDatasets).map(([category, dataset]) => ({
  of: `logs-${datasets[category as keyof typeof containerDatasets]}-`,
  as: `logs-${dataset}-`,
  filter: `agent.build.original: ${madeBy} and container.id: *`,
}));
