/** In UTF-16 units. No mapping has longer names; an attacker's event may. */
export const pathLengthMax = 1024;

/** True for what Elasticsearch takes for the name of a field: parts between dots, none empty. Longer names are refused too. */
export function isFieldPath(path: string): boolean {
  return (
    path !== "" &&
    path.length <= pathLengthMax &&
    !path.startsWith(".") &&
    !path.endsWith(".") &&
    !path.includes("..")
  );
}
