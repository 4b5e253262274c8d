// What a rule file may hold. Reaching a limit is reported.

/** Values nested deeper than this are refused: no rule needs it, and what walks them may recurse. */
export const depthMax = 64;

/** Files with more rules, or more of what is taken for them, are not read. Elastic publishes two thousand. */
export const entryCountMax = 50_000;

/** This many diagnostics of a file are kept, errors before warnings; one more says how many were not. */
export const diagnosticsPerFileMax = 100;

const mebi = 2 ** 20;

/**
 * The longest files that are read, in UTF-16 units. The largest of Elastic's rules has 54,000. A mebi of the worst TOML or YAML
 * takes its parser some seconds and half a gigabyte; JSON is cheap, and an export holds a rule a line, thousands of them.
 */
export const lengthMax = { toml: mebi, yaml: mebi, json: 8 * mebi, ndjson: 64 * mebi };

/** Value lists are not read beyond this many values. */
export const valueListMax = 2_000_000;
