import { type Finding, show } from "../problems.ts";
import type { Path } from "../schema.ts";
import { type Rule, when } from "./rule.ts";

const supply = ["spec", "supply"] as const;

export const judgeRepository = (path: Path, text: string): Finding[] => {
  if (/^[a-z]+:\/\//i.test(text))
    return [{ path, message: `${show(text)} is a URL`, hint: `write ${show(text.replace(/^[a-z]+:\/\//i, ""))}` }];
  const right = /^[a-z0-9][a-z0-9.-]*(?::\d+)?(?:\/[a-z0-9]+(?:[._-]+[a-z0-9]+)*)*$/.test(text);
  return when(!right, {
    path,
    message: `${show(text)} is not a repository of images`,
    hint: "registry.example.com/kubernetes, say; no `/` at the end",
  });
};

export const imageRepository: Rule = ({ file }) => {
  const text = file.spec?.supply?.imageRepository;
  return text === undefined ? [] : judgeRepository([...supply, "imageRepository"], text);
};

export const mirrorUrls: Rule = ({ file }) =>
  Object.entries(file.spec?.supply?.mirrors ?? {}).flatMap(([registry, urls]) =>
    [urls].flat().flatMap((url, index) =>
      when(!/^https?:\/\/[^\s/]+/.test(url), {
        path: [...supply, "mirrors", registry, ...(typeof urls === "string" ? [] : [index])],
        message: `${show(url)} is not a URL`,
        hint: "https://mirror.example.com, say",
      }),
    ),
  );
