import { createTwoFilesPatch, OMIT_HEADERS } from "diff";
import { withoutUrlPasswords } from "../../shared/url-password.ts";

/** Lines of context around a difference, as diff -u has them. */
const context = 3;

/**
 * The differences of two texts as diff -u tells them, without its two lines of names. Empty when there are none. Passwords in URLs are left out: what is on
 * a host may hold one that this process has never heard of.
 */
export const unifiedDiff = (before: string, after: string): readonly string[] =>
  createTwoFilesPatch("", "", before, after, undefined, undefined, { context, headerOptions: OMIT_HEADERS })
    .split("\n")
    .filter((line) => line !== "")
    .map(withoutUrlPasswords);
