import { DatagramSyslog } from "./datagram-syslog.ts";
import type { Destination } from "./destination.ts";
import { LocalSyslog } from "./local-syslog.ts";
import { StreamSyslog } from "./stream-syslog.ts";
import type { SyslogAddress } from "./syslog-address.ts";
import type { SyslogHeader } from "./syslog-message.ts";

export interface SyslogOptions extends SyslogHeader {
  readonly address: SyslogAddress;
  /** How long connecting or sending may take. */
  readonly timeoutMs: number;
}

/** Sends alerts to a syslog server: RFC 5424, over UDP (RFC 5426), TCP with octet counting (RFC 6587), TLS (RFC 5425) or a local socket. */
export function openSyslog(options: SyslogOptions): Destination {
  const { address } = options;
  switch (address.kind) {
    case "udp":
      return new DatagramSyslog(options, address.host, address.port);
    case "unix":
      return new LocalSyslog(options, address.path);
    case "tcp":
    case "tls":
      return new StreamSyslog(options, address);
  }
}
