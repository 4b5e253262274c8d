import { visible } from "@tallyman/languages";
import { Command, CommanderError, InvalidArgumentError, Option } from "commander";
import { parseByteSize } from "./byte-size.ts";
import { parseDuration } from "./duration.ts";
import { type ExitCode, exitCode, UsageError } from "./exit-code.ts";
import { recordFormats } from "./input/record-format.ts";
import { ringSizeMax, ringSizeMin } from "./live/ring-size.ts";
import { type EventChoice, parseEventChoice } from "./live/sensor-flags.ts";
import { ListenAddress, listenAddressForm } from "./metrics/listen-address.ts";
import { fail } from "./output/fail.ts";
import { OutputError } from "./output/output-error.ts";
import { writeStandardError, writeStandardOutput } from "./output/output-stream.ts";
import { describeTerminal, standardStream } from "./output/terminal.ts";
import { version } from "./version.ts";
import { workersMax } from "./workers/workers-max.ts";

/** Runs the command line given without the program's own name, and gives the exit status. */
export async function runProgram(args: readonly string[]): Promise<number> {
  let status: ExitCode = exitCode.ok;
  const program = buildProgram((result) => {
    status = result;
  });
  try {
    await program.parseAsync([...args], { from: "user" });
    return status;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCode.ok : exitCode.usage;
    if (error instanceof UsageError) {
      return fail(error.message, exitCode.usage);
    }
    if (error instanceof OutputError) return fail(error.message, exitCode.incomplete);
    const report = error instanceof Error ? (error.stack ?? error.message) : String(error);
    const advice = "this is a mistake in tallyman; TALLYMAN_DEBUG=1 shows where, please report it";
    return fail(
      process.env["TALLYMAN_DEBUG"] ? report : `${report.split("\n", 1)[0]} (${advice})`,
      exitCode.internal,
    );
  }
}

/** Commands are loaded when they are run, so that `--help` answers at once. */
function buildProgram(finish: (status: ExitCode) => void): Command {
  const program = new Command("tallyman")
    .description("Runs Elastic's public detection rules, unmodified, over ECS events. No Elastic stack.")
    .version(version, "-V, --version", "print the version")
    .helpOption("-h, --help", "print this help")
    .configureOutput({
      writeOut: writeStandardOutput,
      writeErr: writeStandardError,
      outputError: (text, write) => write(oneLine(text)),
      getOutHelpWidth: () => widthOf("stdout"),
      getErrHelpWidth: () => widthOf("stderr"),
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    })
    .configureHelp({ showGlobalOptions: true })
    .exitOverride()
    .addHelpText(
      "after",
      `
Examples:
  tallyman scan events.ndjson                              the built-in rules over a recording
  tallyman scan --rules detection-rules/rules -            Elastic's rules over standard input
  tallyman scan --learn-from week1.gz week2.gz             what is usual from one file, alerts from the other
  tallyman query kql 'process.name:(nc or ncat)' *.ndjson  the events that match a query

Exit status: 0 done, 1 a check failed, 2 bad usage, 3 not all could be read or written, 130 interrupted.`,
    );

  program
    .command("scan")
    .description("run rules over recorded events and print the alerts")
    .argument(
      "[files...]",
      "NDJSON, JSON arrays, Elasticsearch exports, or events of auditd, Tetragon or Falco, plain, .gz or .zst; - is standard input",
    )
    .option(
      "-r, --rules <path>",
      "a rule file or a folder of them, in place of the built-in rules; may be repeated",
      collect,
    )
    .addOption(exceptionsOption())
    .option(
      "--learn-from <file>",
      "learn what is usual from a recording, without alerts; may be repeated",
      collect,
    )
    .option(
      "--learn-for <duration>",
      "no alerts for new terms until the history is this old, for example 2h",
      duration,
    )
    .option(
      "--indicators <file>",
      "what threat_match rules compare with: ECS documents, STIX 2.1, CSV or a list; may be repeated",
      collect,
    )
    .option(
      "--state <folder>",
      "keep what rules remember, how far the input was read, and what sinks have not delivered",
    )
    .option(
      "--max-open-sequences <n>",
      "so many open sequences of each rule are held at most (default: 100000)",
      countFromOne,
    )
    .option(
      "--reload",
      "while standard input is read, take up rules that change, and on SIGHUP; state is kept",
    )
    .option("--config <file>", "the configuration (default: tallyman.toml here, when there is one)")
    .option("--no-config", "read no configuration")
    .addOption(fromOption())
    .option("--index <name>", "the data stream of the events, when they do not say")
    .addOption(
      new Option(
        "--lateness <duration>",
        "events are sorted as far as they are late by less than this (default: 1m)",
      ).argParser(duration),
    )
    .addOption(
      new Option(
        "-f, --format <format>",
        "how alerts are printed (default: table on a terminal, else ndjson)",
      ).choices(["table", "ndjson", "json"]),
    )
    .option("-o, --output <file>", "write the alerts to a file; - is standard output")
    .addOption(
      new Option("--fail-on <severity>", "exit with 1 when an alert is at least this grave").choices([
        "low",
        "medium",
        "high",
        "critical",
      ]),
    )
    .addOption(fieldTypesOption())
    .option(
      "--workers <n>",
      "evaluate conditions in so many threads beside the main one; the alerts are the same (default: none)",
      workerCount,
    )
    .option("--profile", "measure what each rule costs, and show the dearest after the summary")
    .option("--profile-output <file>", "measure, and write what each rule costs to a file as JSON")
    .option("-q, --quiet", "print no summary, only alerts and problems")
    .addOption(colorOption(false))
    .action(async (files: string[], options) => {
      const { scan } = await import("./commands/scan.ts");
      finish(await scan(files, withConfig(options)));
    });

  sensorOptions(program.command("watch"))
    .description("run rules over what happens on this Linux host and print the alerts as they are raised")
    .option(
      "-r, --rules <path>",
      "a rule file or a folder of them, in place of the built-in rules; may be repeated",
      collect,
    )
    .addOption(exceptionsOption())
    .option(
      "--learn-for <duration>",
      "no alerts for new terms until the history is this old, for example 2d",
      duration,
    )
    .option(
      "--indicators <file>",
      "what threat_match rules compare with: ECS documents, STIX 2.1, CSV or a list; may be repeated",
      collect,
    )
    .option(
      "--max-open-sequences <n>",
      "so many open sequences of each rule are held at most (default: 100000)",
      countFromOne,
    )
    .addOption(
      new Option(
        "-f, --format <format>",
        "how alerts are printed (default: table on a terminal, else ndjson)",
      ).choices(["table", "ndjson"]),
    )
    .option("-o, --output <file>", "append the alerts to a file; - is standard output")
    .addOption(fieldTypesOption())
    .option("-q, --quiet", "print no remarks and no summary, only alerts and problems")
    .addOption(colorOption(false))
    .action(async (options) => {
      const { watch } = await import("./commands/watch.ts");
      finish(await watch(withConfig(options)));
    });

  sensorOptions(
    program.command("sensor").description("report what happens on this Linux host as ECS events, one a line"),
  )
    .option("-o, --output <file>", "append the events to a file; - is standard output")
    .option(
      "--rotate-size <size>",
      "put the file aside before it grows beyond this, for example 100MB",
      byteSize,
    )
    .option("--rotate-keep <n>", "so many files that were put aside are kept", wholeNumber, 5)
    .option("-q, --quiet", "print no remarks and no summary, only problems")
    .addOption(colorOption(false))
    .action(async (options) => {
      const { sensor } = await import("./commands/sensor.ts");
      finish(await sensor(withConfig(options)));
    });

  const query = program.command("query").description("print the events that match a query");
  searchOptions(query.command("kql"), "print at most so many (default: all)")
    .description(
      "print the events that match a KQL query, one a line and unchanged, in the order of the input",
    )
    .option("--tiebreaker-field <name>", "accepted as for EQL; KQL does not order events")
    .option("--event-category-field <name>", "accepted as for EQL; KQL has no category")
    .action(async (text: string, files: string[], options) => {
      const { kql } = await import("./commands/event-language.ts");
      const { queryEvents } = await import("./commands/query-events.ts");
      finish(await queryEvents(kql, text, files, options));
    });
  searchOptions(query.command("lucene"), "print at most so many (default: all)")
    .description(
      "print the events that match a query in Lucene's syntax, one a line and unchanged, in the order of the input",
    )
    .action(async (text: string, files: string[], options) => {
      const { lucene } = await import("./commands/event-language.ts");
      const { queryEvents } = await import("./commands/query-events.ts");
      finish(await queryEvents(lucene, text, files, options));
    });
  searchOptions(
    query.command("eql"),
    "print the last so many, or the first when a `head` comes first (default: all)",
  )
    .description(
      "print the events that match an EQL query, or a line of JSON for each sequence or sample, in the order of their time",
    )
    .addOption(dialectOption())
    .option("--tiebreaker-field <name>", "the field that orders events of the same time", "event.sequence")
    .option(
      "--event-category-field <name>",
      "the field that holds the category of an event",
      "event.category",
    )
    .option("--max-samples-per-key <n>", "of samples, so many for each join key", wholeNumber, 1)
    .action(async (text: string, files: string[], options) => {
      const { queryEql } = await import("./commands/query-eql.ts");
      finish(await queryEql(text, files, options));
    });

  const explain = program.command("explain").description("show how a query is understood");
  for (const [name, what] of [
    ["kql", "a KQL query"],
    ["lucene", "a query in Lucene's syntax"],
  ] as const)
    explain
      .command(name)
      .description(
        `show how ${what} is understood: what each condition means by its field's type, and what is wrong with it`,
      )
      .argument("<text>", "the query")
      .addOption(fieldTypesOption())
      .addOption(colorOption())
      .action(async (text: string, options) => {
        const languages = await import("./commands/event-language.ts");
        const { explainCondition } = await import("./commands/explain-condition.ts");
        finish(explainCondition(languages[name], text, options));
      });
  explain
    .command("eql")
    .description(
      "show how an EQL query is understood: its stages, their keys and conditions, and what is wrong with it",
    )
    .argument("<text>", "the query")
    .addOption(dialectOption())
    .option(
      "--event-category-field <name>",
      "the field that holds the category of an event",
      "event.category",
    )
    .addOption(fieldTypesOption())
    .addOption(colorOption())
    .action(async (text: string, options) => {
      const { explainEql } = await import("./commands/explain-eql.ts");
      finish(explainEql(text, options));
    });

  const rules = program.command("rules").description("check, list and show rules");
  rules
    .command("check")
    .description("check rule files: which rules run, which do not and why, and every mistake with its place")
    .argument("[paths...]", "rule files or folders of them; without one, the built-in rules")
    .option(
      "--lint",
      "also what is valid and hardly meant: wildcards that are none, conditions that never hold",
    )
    .addOption(exceptionsOption())
    .addOption(fieldTypesOption())
    .addOption(
      new Option("-f, --format <format>", "how the result is printed")
        .choices(["text", "json"])
        .default("text"),
    )
    .option("-q, --quiet", "only errors")
    .addOption(colorOption())
    .action(async (paths: string[], options) => {
      const { rulesCheck } = await import("./commands/rules-check.ts");
      finish(rulesCheck(paths, options));
    });
  rules
    .command("list")
    .description("list rules")
    .argument("[paths...]", "rule files or folders of them; without one, the built-in rules")
    .addOption(
      new Option("-f, --format <format>", "how the list is printed")
        .choices(["table", "ndjson", "json"])
        .default("table"),
    )
    .option("--cost", "what each rule that runs is thought to cost and why, the dearest first")
    .option(
      "--events <file>",
      "with --cost: measured over a recording instead; may be repeated, - is standard input",
      collect,
    )
    .addOption(fieldTypesOption())
    .addOption(colorOption())
    .action(async (paths: string[], options) => {
      if (options.events !== undefined && !options.cost) throw new UsageError("--events goes with --cost");
      const { rulesList } = await import("./commands/rules-list.ts");
      if (!options.cost) return finish(rulesList(paths, options));
      const { rulesCost } = await import("./commands/rules-cost.ts");
      return finish(await rulesCost(paths, options));
    });
  rules
    .command("show")
    .description("show one rule and the rules related to it")
    .argument("<rule>", "its id, or its name or a part of it")
    .argument("[paths...]", "rule files or folders of them; without one, the built-in rules")
    .addOption(
      new Option("-f, --format <format>", "how it is printed").choices(["text", "json"]).default("text"),
    )
    .addOption(colorOption())
    .action(async (rule: string, paths: string[], options) => {
      const { rulesShow } = await import("./commands/rules-show.ts");
      finish(rulesShow(rule, paths, options));
    });

  const exceptions = program.command("exceptions").description("check and list exceptions");
  exceptions
    .command("check")
    .description("check files of exceptions: every mistake with its place, and what can never match")
    .argument("<paths...>", "TOML files, Kibana's exports of exception lists, or folders of them")
    .option(
      "-r, --rules <path>",
      "the rules they are for, in place of the built-in ones; may be repeated",
      collect,
    )
    .addOption(fieldTypesOption())
    .addOption(
      new Option("-f, --format <format>", "how the result is printed")
        .choices(["text", "json"])
        .default("text"),
    )
    .option("-q, --quiet", "only errors")
    .addOption(colorOption())
    .action(async (paths: string[], options) => {
      const { exceptionsCheck } = await import("./commands/exceptions-check.ts");
      finish(exceptionsCheck(paths, options));
    });
  exceptions
    .command("list")
    .description("list exceptions: what each takes out, from which rules, and until when")
    .argument("<paths...>", "as for check")
    .option("-r, --rules <path>", "as for check", collect)
    .addOption(
      new Option("-f, --format <format>", "how the list is printed")
        .choices(["text", "ndjson", "json"])
        .default("text"),
    )
    .addOption(colorOption())
    .action(async (paths: string[], options) => {
      const { exceptionsList } = await import("./commands/exceptions-list.ts");
      finish(exceptionsList(paths, options));
    });

  const config = program.command("config").description("check and show the configuration");
  config
    .command("check")
    .description("check tallyman.toml: every mistake with its place")
    .option("--config <file>", "another file than tallyman.toml")
    .addOption(
      new Option("-f, --format <format>", "how the result is printed")
        .choices(["text", "json"])
        .default("text"),
    )
    .addOption(colorOption())
    .action(async (options) => {
      const { configCheck } = await import("./commands/config-check.ts");
      finish(configCheck(options));
    });
  config
    .command("show")
    .description("show what holds, from tallyman.toml or without it; secrets are masked")
    .option("--config <file>", "another file than tallyman.toml")
    .addOption(
      new Option("-f, --format <format>", "how it is printed").choices(["toml", "json"]).default("toml"),
    )
    .addOption(colorOption())
    .action(async (options) => {
      const { configShow } = await import("./commands/config-show.ts");
      finish(configShow(options));
    });
  for (const command of [program, query, explain, rules, exceptions, config]) addHelpCommand(command);
  return program;
}

/** Commander's own prints all help there is, and not which command it does not know. */
function addHelpCommand(command: Command): void {
  command
    .helpCommand(false)
    .command("help")
    .description("print the help of a command")
    .argument("[command...]", "its name")
    .action((names: string[]) => {
      let named = command;
      for (const name of names) {
        const found = named.commands.find((each) => each.name() === name);
        if (found === undefined) throw new UsageError(`unknown command '${name}'`);
        named = found;
      }
      named.outputHelp();
    });
}

function widthOf(name: "stdout" | "stderr"): number {
  return describeTerminal(standardStream(name), process.env).width;
}

/** Without --no-config the option is true, and with --config the name of the file. */
function withConfig<T extends { readonly config?: unknown }>(options: T): T {
  return options.config === true ? { ...options, config: undefined } : options;
}

/** What every command takes that runs the sensor. */
function sensorOptions(command: Command): Command {
  return command
    .addOption(
      new Option(
        "--source <name>",
        "use this source of events only (default: the first that can be used)",
      ).choices(["ebpf", "audit", "proc-connector"]),
    )
    .option("--allow-audit", "audit may be used where eBPF cannot: that changes its state for the whole host")
    .option(
      "--events <kinds>",
      "what is reported: process, or with network or file (default: process,network,file)",
      eventChoice,
    )
    .option(
      "--ring-size <size>",
      "how large eBPF's ring in the kernel is: more for hosts with bursts (default: 8MiB)",
      ringSize,
    )
    .option("--user <user>", "run as this user, with only the capabilities that the sources take")
    .option(
      "--state <folder>",
      "where is kept what outlives a run (default: /var/lib/tallyman, or a user's own)",
    )
    .option(
      "--metrics <address>",
      "answer GET /metrics for Prometheus there: host:port, a port of loopback, or unix:/path",
      listenAddress,
    )
    .option("--for <duration>", "end after so long (default: at Ctrl-C)", upTo24Days)
    .option("--config <file>", "the configuration (default: tallyman.toml here, when there is one)")
    .option("--no-config", "read no configuration");
}

/** What every `query` command takes. */
function searchOptions(command: Command, size: string): Command {
  return command
    .argument("<text>", "the query")
    .argument("[files...]", "as for scan")
    .option("--size <n>", size, wholeNumber)
    .addOption(fromOption())
    .option("--timestamp-field <name>", "the field that holds the time of an event", "@timestamp")
    .option("--now <time>", "the moment from which relative dates count, ISO 8601 (default: now)")
    .addOption(fieldTypesOption())
    .addOption(colorOption());
}

function fromOption(): Option {
  return new Option("--from <format>", "what the records are (default: told by the records)").choices(
    recordFormats,
  );
}

function dialectOption(): Option {
  return new Option("--dialect <name>", "whose EQL it is: endpoint for that of Elastic's endpoint rules")
    .choices(["elasticsearch", "endpoint"])
    .default("elasticsearch");
}

function fieldTypesOption(): Option {
  return new Option("--field-types <file>", "JSON: field name to type, over the catalogue");
}

function exceptionsOption(): Option {
  return new Option(
    "-e, --exceptions <path>",
    "what rules are not to alert on: a TOML file, Kibana's export, or a folder of them; may be repeated",
  ).argParser(collect);
}

/** @param isDefaultKnown False where a configuration file may say it. */
function colorOption(isDefaultKnown = true): Option {
  const option = new Option("--color <when>", "colours: auto, always or never").choices([
    "auto",
    "always",
    "never",
  ]);
  return isDefaultKnown ? option.default("auto") : option;
}

function collect(value: string, earlier: readonly string[] | undefined): readonly string[] {
  return [...(earlier ?? []), value];
}

function duration(value: string): number {
  const ms = parseDuration(value);
  if (ms === undefined)
    throw new InvalidArgumentError("write a number and a unit, for example 30s, 5m, 2h or 14d");
  return ms;
}

function byteSize(value: string): number {
  const bytes = parseByteSize(value);
  if (bytes === undefined || bytes === 0)
    throw new InvalidArgumentError("write a size, for example 64kB, 100MB or 1GiB");
  return bytes;
}

function ringSize(value: string): number {
  const bytes = byteSize(value);
  if (bytes < ringSizeMin || bytes > ringSizeMax)
    throw new InvalidArgumentError("write a size from 64KiB to 1GiB");
  return bytes;
}

function eventChoice(value: string): EventChoice {
  const choice = parseEventChoice(value);
  if (choice === undefined)
    throw new InvalidArgumentError("write process, process,network, process,file or process,network,file");
  return choice;
}

function listenAddress(value: string): ListenAddress {
  const address = ListenAddress.parse(value);
  if (address === undefined) throw new InvalidArgumentError(`write ${listenAddressForm}`);
  return address;
}

/** As long as a timer can run. */
function upTo24Days(value: string): number {
  const ms = duration(value);
  if (ms > 24 * 86_400_000) throw new InvalidArgumentError("write no more than 24d");
  return ms;
}

function wholeNumber(value: string): number {
  if (!/^\d{1,9}$/.test(value)) throw new InvalidArgumentError("write a whole number");
  return Number(value);
}

function workerCount(value: string): number {
  const count = wholeNumber(value);
  if (count > workersMax) throw new InvalidArgumentError(`write a number up to ${workersMax}`);
  return count;
}

function countFromOne(value: string): number {
  const count = wholeNumber(value);
  if (count === 0) throw new InvalidArgumentError("write a number from 1 on");
  return count;
}

/** Suggestions come on a second line; a mistake is one line here. What was typed may be the name of a file that someone else chose. */
function oneLine(text: string): string {
  const line = text
    .trim()
    .replace(/^error: /, "")
    .replace(/\s*\n\s*/g, " ");
  return `tallyman: ${visible(line)}\n`;
}
