import fc from "fast-check";
import { expect, test } from "vitest";
import { tokenize } from "./tokens.ts";

const standard = (text: string): readonly string[] => tokenize(text, "standard");
const powershell = (text: string): readonly string[] => tokenize(text, "powershell");

test.for([
  ["", []],
  [" \t\n", []],
  ["one", ["one"]],
  ["Failed password for ROOT", ["failed", "password", "for", "root"]],
  // A mid character joins only what stands on both sides of it, and only its own kind of it.
  ["can't", ["can't"]],
  ["'tis the dogs'", ["tis", "the", "dogs"]],
  ["foo.bar foo. .bar", ["foo.bar", "foo", "bar"]],
  ["foo..bar", ["foo", "bar"]],
  ["192.168.0.1", ["192.168.0.1"]],
  ["1,234.5 6;7 1:2", ["1,234.5", "6;7", "1", "2"]],
  ["a,b a;b a:b", ["a", "b", "a", "b", "a:b"]],
  ["a.1 1.a", ["a", "1", "1", "a"]],
  ["v1.2 1a2b", ["v1.2", "1a2b"]],
  ["system:masters", ["system:masters"]],
  // Underscores join anything, but are no word by themselves.
  ["foo_bar _x x_ 1_a", ["foo_bar", "_x", "x_", "1_a"]],
  ["_ __ _._", []],
  ["a_.b", ["a_", "b"]],
  // What Windows and Unix paths, options and URLs become.
  ["C:\\Windows\\System32\\cmd.exe", ["c", "windows", "system32", "cmd.exe"]],
  ["/usr/bin/python3.11 --no-cache", ["usr", "bin", "python3.11", "no", "cache"]],
  ["https://a.example/x?y=1&z=%20", ["https", "a.example", "x", "y", "1", "z", "20"]],
  // Other scripts.
  ["Größe ÄÖÜ", ["größe", "äöü"]],
  ["e\u0301te\u0301 \u0301a a.\u0301b", ["e\u0301te\u0301", "a", "a.\u0301b"]],
  ["a\u00adb a\u200bb", ["a\u00adb", "a", "b"]],
  ["it\u2019s", ["it\u2019s"]],
  ["Привет, мир", ["привет", "мир"]],
  ["ΟΔΟΣ Σ", ["οδοσ", "σ"]],
  ["İzmir", ["izmir"]],
  ["日本語", ["日", "本", "語"]],
  ["\u{20bb7}野家", ["\u{20bb7}", "野", "家"]],
  ["ひらがな", ["ひ", "ら", "が", "な"]],
  ["カタカナ ｱｲ abcカナ", ["カタカナ", "ｱｲ", "abc", "カナ"]],
  ["カ_a a_カ", ["カ_a", "a_カ"]],
  ["한국어abc", ["한국어abc"]],
  ["สวัสดีครับ", ["สวัสดีครับ"]],
  ["١٢٣ ４２", ["١٢٣", "４２"]],
  ["\u{1d400}\u{1d401}", ["\u{1d400}\u{1d401}"]],
  // Hebrew keeps a final apostrophe, and quotation marks inside of a word.
  ["ג'ורג' צה\"ל a\"b", ["ג'ורג'", 'צה"ל', "a", "b"]],
  ["😀 a😀b 🇩🇪", ["a", "b"]],
  ["\ud83d a\ud83d \ude00b", ["a", "b"]],
] as const)("the standard analyser cuts %j into %j", ([text, tokens]) => {
  expect(standard(text)).toEqual(tokens);
});

test.for([
  ["a".repeat(600), [255, 255, 90]],
  ["a".repeat(255), [255]],
  [`${"a".repeat(254)}.aaa`, [254, 3]],
  [`${"a".repeat(255)}.aaa`, [255, 3]],
  [`${"_".repeat(300)}a`, [255]],
  [`${"a".repeat(254)}\u{1d400}`, [254, 2]],
  ["\u{1d400}".repeat(128), [254, 2]],
  ["ก".repeat(300), [255, 45]],
  [`漢${"\u0301".repeat(300)}`, [255]],
] as const)("case %#: longer words are cut at 255 units", ([text, lengths]) => {
  expect(standard(text).map((token) => token.length)).toEqual(lengths);
});

test.for([
  ["", []],
  ["Invoke-Mimikatz -DumpCreds", ["invoke-mimikatz", "-dumpcreds"]],
  ["[System.Convert]::FromBase64String($x)", ["system", "convert", "frombase64string", "x"]],
  ["a_b-c.d'e--", ["a_b-c", "d", "e--"]],
  ["can't 10.0.0.1", ["can", "t", "10", "0", "0", "1"]],
  // Java's word characters are ASCII: the Kelvin sign is none, although its lower case is the letter k.
  ["naïve \u212aelvin Привет", ["na", "ve", "elvin"]],
] as const)("the analyser of script blocks cuts %j into %j", ([text, tokens]) => {
  expect(powershell(text)).toEqual(tokens);
});

test("the analyser of script blocks has no longest token", () => {
  expect(powershell("x".repeat(600))).toHaveLength(1);
});

// The Unicode boundaries have another implementation in `Intl.Segmenter`. Where it departs from Lucene on purpose:
// - It leaves the colon out of the mid letters (CLDR's tailoring of 2022): no colons here.
// - It cuts Chinese, Japanese and Thai by dictionary and Korean apart from other letters: each of them only between spaces,
//   Chinese and Thai not at all, Japanese as katakana of one character.
// - It keeps emoji together with a joiner before them: they stand between spaces too.
// - It has no longest token: short words only.
// - Its `isWordLike` denies that a letter, an underscore and a combining mark are a word: segments with a letter or digit count.
// - It knows a later Unicode version or an earlier one: old letters only.
const segmenter = new Intl.Segmenter(undefined, { granularity: "word" });
const alphabet = [
  ..."abzAZ019_.,;'\"-/\\ ()@$%",
  ..."éßñÀÞ\u0301\u00ad\u2019·",
  ..."αβΩάλЖыйј",
  ..."שלם",
  ..."١٢",
  "\u200d",
  "\u{1d400}",
  " カ ",
  " 한국 ",
  " 😀 ",
];

test("the standard analyser finds the words that the Unicode standard finds", () => {
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom(...alphabet), { maxLength: 24 }).map((parts) => parts.join("")),
      (text) => {
        const segments = Array.from(segmenter.segment(text), ({ segment }) => segment.toLowerCase());
        expect(standard(text)).toEqual(segments.filter((segment) => /[\p{Alphabetic}\p{Nd}]/u.test(segment)));
      },
    ),
    { numRuns: 2000 },
  );
});

test("tokens are what the text holds, in order, in lower case", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 60 }), fc.boolean(), (text, isScript) => {
      const lowered = text.replaceAll("İ", "i").replaceAll("Σ", "σ").toLowerCase();
      const tokens = isScript ? powershell(text) : standard(text);
      let at = 0;
      const found = tokens.filter((token) => {
        const start = lowered.indexOf(token, at);
        at = start + token.length;
        return token !== "" && start >= 0;
      });
      expect(found).toEqual(tokens);
    }),
  );
});

test("tokens never depend on what stands beyond a space", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), fc.string({ unit: "binary" }), (a, b) => {
      for (const cut of [standard, powershell]) {
        expect(cut(`${a} ${b}`)).toEqual([...cut(a), ...cut(b)]);
      }
    }),
  );
});
