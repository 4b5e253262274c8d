import { isTable, type Reader, text, wrongType } from "@tallyman/rules/schema";
import { parseByteSize } from "../byte-size.ts";
import { parseDuration } from "../duration.ts";
import { ListenAddress, listenAddressForm } from "../metrics/listen-address.ts";
import type { SyslogAddress } from "../sinks/syslog-address.ts";
import { type Environment, expandVariables, masked, type Secret, shownText } from "./secret.ts";

/** A span of time such as `30s`, in milliseconds. */
export function duration(minMs = 0): Reader<number> {
  return {
    expects: "a span of time such as 30s, 5m or 2h",
    read(value, spot) {
      const written = text.read(value, spot);
      if (written === undefined) return undefined;
      const ms = parseDuration(written);
      if (ms !== undefined && ms >= minMs) return ms;
      spot.report(
        "bad-value",
        `${spot.name} must be ${this.expects}${ms === undefined ? "" : `, at least ${minMs}ms`}`,
      );
      return undefined;
    },
  };
}

/** A size such as `100MB`, in bytes. */
export function size(min: number, max = Number.MAX_SAFE_INTEGER): Reader<number> {
  return {
    expects: "a size such as 64kB, 100MB or 1GiB",
    read(value, spot) {
      const written = text.read(value, spot);
      if (written === undefined) return undefined;
      const bytes = parseByteSize(written);
      if (bytes !== undefined && bytes >= min && bytes <= max) return bytes;
      const bounds = `at least ${min} bytes${max === Number.MAX_SAFE_INTEGER ? "" : ` and at most ${max}`}`;
      spot.report(
        "bad-value",
        `${spot.name} must be ${this.expects}${bytes === undefined ? "" : `, ${bounds}`}`,
      );
      return undefined;
    },
  };
}

/** Text in which `${NAME}` stands for an environment variable. */
export function secretText(environment: Environment): Reader<Secret> {
  return {
    expects: "text",
    read(value, spot) {
      const written = text.read(value, spot);
      if (written === undefined) return undefined;
      const expanded = expandVariables(written, environment);
      if ("value" in expanded) return { value: expanded.value, shown: shownText(written) };
      for (const name of expanded.missing) {
        spot.report(
          "missing-variable",
          `The environment variable '${name}' is not set`,
          () => `set ${name} before the start, or write $$ for a dollar sign`,
        );
      }
      return undefined;
    },
  };
}

/** A URL of http or https; its path may be a secret, and is not shown when it is written out. */
export function secretUrl(environment: Environment): Reader<Secret> {
  const written = secretText(environment);
  return {
    expects: "a URL that begins with https:// or http://",
    read(value, spot) {
      const secret = written.read(value, spot);
      if (secret === undefined) return undefined;
      const url = URL.canParse(secret.value) ? new URL(secret.value) : undefined;
      if (url === undefined || (url.protocol !== "https:" && url.protocol !== "http:")) {
        spot.report("bad-value", `${spot.name} must be ${this.expects}`);
        return undefined;
      }
      if (url.username !== "" || url.password !== "") {
        spot.report(
          "bad-value",
          `${spot.name} must not hold a user name or a password`,
          () => 'write them as a header, or as "username" and "password"',
        );
        return undefined;
      }
      const isBare = url.pathname === "/" && url.search === "";
      const shown =
        secret.shown === masked ? (isBare ? url.origin : `${url.origin}/${masked}`) : secret.shown;
      return { value: secret.value, shown };
    },
  };
}

/** The same for what is sent in an HTTP header. */
export function secretHeader(environment: Environment): Reader<Secret> {
  const written = secretText(environment);
  return {
    expects: written.expects,
    read(value, spot) {
      const secret = written.read(value, spot);
      if (secret === undefined || isHeaderValue(secret.value)) return secret;
      spot.report("bad-value", `${spot.name} cannot be sent in an HTTP header`);
      return undefined;
    },
  };
}

function isHeaderValue(text: string): boolean {
  return !/[^\t\x20-\x7e\x80-\xff]/.test(text);
}

/** HTTP headers, whose values may hold secrets. */
export function headers(environment: Environment): Reader<Readonly<Record<string, Secret>>> {
  const value = secretText(environment);
  return {
    expects: "a table of header names and values",
    read(table, spot) {
      if (!isTable(table)) return wrongType(this.expects, table, spot);
      const read: [string, Secret][] = [];
      let isWhole = true;
      for (const [name, text] of Object.entries(table)) {
        const secret = value.read(text, spot.at(name));
        if (secret === undefined) isWhole = false;
        else if (!/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(name) || !isHeaderValue(secret.value)) {
          spot.at(name).report("bad-value", `${spot.at(name).name} cannot be sent as an HTTP header`);
          isWhole = false;
        } else read.push([name, secret]);
      }
      return isWhole ? Object.fromEntries(read) : undefined;
    },
  };
}

/** Where the program listens: `127.0.0.1:9464`, `9464`, `[::1]:9464`, `unix:/run/tallyman/metrics.sock`. */
export const listenAddress: Reader<ListenAddress> = {
  expects: listenAddressForm,
  read(value, spot) {
    const written = text.read(value, spot);
    if (written === undefined) return undefined;
    const address = ListenAddress.parse(written);
    if (address === undefined) spot.report("bad-value", `${spot.name} must be ${this.expects}`);
    return address;
  },
};

const defaultPorts = { udp: 514, tcp: 601, tls: 6514 } as const;

/** Where a syslog server listens: `udp://host:514`, `tcp://host:601`, `tls://host:6514`, `unix:///dev/log`. */
export const syslogAddress: Reader<SyslogAddress> = {
  expects: "an address such as udp://host:514, tcp://host:601, tls://host:6514 or unix:///dev/log",
  read(value, spot) {
    const written = text.read(value, spot);
    if (written === undefined) return undefined;
    const address = parseSyslogAddress(written);
    if (address === undefined) spot.report("bad-value", `${spot.name} must be ${this.expects}`);
    return address;
  },
};

function parseSyslogAddress(written: string): SyslogAddress | undefined {
  const local = /^unix:\/\/(\/.+)$/.exec(written)?.[1];
  if (local !== undefined) return { kind: "unix", path: local };
  const match = /^(udp|tcp|tls):\/\/(?:\[([0-9A-Fa-f:.]+)\]|([A-Za-z0-9._-]+))(?::(\d{1,5}))?$/.exec(written);
  if (match === null) return undefined;
  const kind = match[1] as keyof typeof defaultPorts;
  const port = match[4] === undefined ? defaultPorts[kind] : Number(match[4]);
  if (port < 1 || port > 65_535) return undefined;
  return { kind, host: (match[2] ?? match[3]) as string, port };
}
