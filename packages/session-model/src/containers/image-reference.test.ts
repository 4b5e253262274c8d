import { expect, test } from "vitest";
import { imageReference } from "./image-reference.ts";

const digest = `sha256:${"0a".repeat(32)}`;

test.for([
  ["nginx", { name: "nginx" }],
  ["nginx:1.25", { name: "nginx", tag: "1.25" }],
  ["registry.example/shop/web:1.4", { name: "registry.example/shop/web", tag: "1.4" }],
  ["registry.example:5000/web", { name: "registry.example:5000/web" }],
  ["registry.example:5000/web:2", { name: "registry.example:5000/web", tag: "2" }],
  [`web@${digest}`, { name: "web", digest }],
  [`web:1@${digest}`, { name: "web", tag: "1", digest }],
  [digest, undefined],
  ["0a".repeat(32), undefined],
  ["", undefined],
] as const)("%s", ([text, want]) => {
  expect(imageReference(text)).toEqual(want);
});
