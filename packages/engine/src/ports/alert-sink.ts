import type { Alert } from "../alerts/alert.ts";

/**
 * Where alerts go. A sink that fails throws. It is never asked to take the same alert twice, but may get later states of one (`isUpdate`), under
 * its id.
 */
export interface AlertSink {
  write(alert: Alert): void;
}
