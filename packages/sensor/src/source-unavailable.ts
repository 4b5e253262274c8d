/** Why a source cannot be used on this host, in one clause for the user: no capital, no full stop. */
export class SourceUnavailable extends Error {
  override readonly name = "SourceUnavailable";
}
