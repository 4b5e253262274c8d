import type { Alert } from "../alerts/alert.ts";

/** Where alerts go. A sink that fails throws; it is never asked to take the same alert twice. */
export interface AlertSink {
  write(alert: Alert): void;
}
