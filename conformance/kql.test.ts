import { checkKql } from "@tallyman/languages";
import { testQueryCases } from "./testing/query-cases.ts";

testQueryCases(new URL("kql/", import.meta.url), checkKql);
