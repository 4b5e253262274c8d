import { checkLucene } from "@tallyman/languages";
import { testQueryCases } from "./testing/query-cases.ts";

testQueryCases(new URL("lucene/", import.meta.url), checkLucene);
