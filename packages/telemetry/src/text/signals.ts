/** By number. Source: signal(7). */
const signals = [
  ...[
    "",
    "SIGHUP",
    "SIGINT",
    "SIGQUIT",
    "SIGILL",
    "SIGTRAP",
    "SIGABRT",
    "SIGBUS",
    "SIGFPE",
    "SIGKILL",
    "SIGUSR1",
  ],
  ...[
    "SIGSEGV",
    "SIGUSR2",
    "SIGPIPE",
    "SIGALRM",
    "SIGTERM",
    "SIGSTKFLT",
    "SIGCHLD",
    "SIGCONT",
    "SIGSTOP",
    "SIGTSTP",
  ],
  ...[
    "SIGTTIN",
    "SIGTTOU",
    "SIGURG",
    "SIGXCPU",
    "SIGXFSZ",
    "SIGVTALRM",
    "SIGPROF",
    "SIGWINCH",
    "SIGIO",
    "SIGPWR",
  ],
  "SIGSYS",
];

/** The number of a signal by its name, `SIGKILL`; undefined for what is none. */
export function signalNumber(name: string | undefined): number | undefined {
  const number = name === undefined ? -1 : signals.indexOf(name);
  return number > 0 ? number : undefined;
}
