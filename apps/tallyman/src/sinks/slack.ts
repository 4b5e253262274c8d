import type { RuleSeverity } from "@tallyman/rules";
import type { SpooledAlert } from "../spool/spooled-alert.ts";
import { deliverInHalves } from "./deliver-in-halves.ts";
import { type Destination, delivered } from "./destination.ts";
import { type HttpTarget, httpPost } from "./http-post.ts";

/** Texts longer than this are cut, in UTF-16 units. */
const textMax = 1500;

/** Posts alerts as one message to an incoming webhook of Slack, or of what takes Slack's messages, such as Mattermost and Rocket.Chat. */
export function openSlack(target: HttpTarget, channel: string | undefined): Destination {
  return {
    deliver: (alerts, signal) =>
      deliverInHalves(alerts, async (part) => {
        const text = JSON.stringify(messageOf(part, channel));
        const answer = await httpPost(target, { type: "application/json", text }, signal);
        return answer.kind === "ok" ? delivered : answer;
      }),
    close: async () => {},
  };
}

function messageOf(alerts: readonly SpooledAlert[], channel: string | undefined): object {
  const [first] = alerts;
  const text = alerts.length === 1 && first ? titleOf(first) : `${alerts.length} alerts`;
  return {
    ...(channel === undefined ? {} : { channel }),
    // What notifications show.
    text,
    attachments: alerts.map((alert) => ({
      fallback: titleOf(alert),
      color: colors[alert.severity],
      title: alerts.length === 1 ? undefined : titleOf(alert),
      text: plain(alert.reason),
      fields: [
        { title: "Severity", value: `${alert.severity} (${alert.riskScore})`, short: true },
        { title: "Alert", value: alert.id, short: true },
        ...(alert.isUpdate ? [{ title: "Suppressed", value: String(alert.suppressed), short: true }] : []),
      ],
      // Seconds since 1970.
      ts: alert.timeMs === undefined ? undefined : Math.floor(alert.timeMs / 1000),
    })),
  };
}

function titleOf({ isUpdate, ruleName, suppressed }: SpooledAlert): string {
  return isUpdate ? `${plain(ruleName)} (and ${suppressed} more)` : plain(ruleName);
}

/** Text as Slack shows it and not as markup: `<!channel>` in an event must not call everybody. */
function plain(text: string): string {
  const cut = text.length > textMax ? `${text.slice(0, textMax)}…` : text;
  return cut.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

const colors: Readonly<Record<RuleSeverity, string>> = {
  low: "#54b399",
  medium: "#d6bf57",
  high: "#da8b45",
  critical: "#e7664c",
};
