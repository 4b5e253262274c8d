/** The key of the rules that are set here, by which they and their events are known. */
export const ruleKey = "tallyman";
