/** Where Elastic keeps the alerts of the one space there is; rules over alerts select it. */
export const alertsIndex = ".alerts-security.alerts-default";
