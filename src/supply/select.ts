import { UserError } from "../shared/errors.ts";
import type { Bundle, BundledBinary, BundledImage } from "./bundle.ts";

const select = <T>(bundle: Bundle, kind: string, of: ReadonlyMap<string, T>, names: readonly string[]): T[] => {
  const missing = names.filter((name) => !of.has(name));
  if (missing.length > 0)
    throw new UserError(`the bundle ${bundle.path} lacks ${kind} ${missing.join(", ")}`, {
      probably: `it was built for other choices than those of the configuration; it holds ${[...of.keys()].join(", ") || "none"}`,
      hint: "name a bundle that has them, or change the configuration to what this one holds",
    });
  return names.flatMap((name) => of.get(name) ?? []);
};

/** The images of these names. @throws UserError that names all which the bundle lacks. */
export const selectImages = (bundle: Bundle, names: readonly string[]): BundledImage[] =>
  select(bundle, "the images", bundle.images, names);

/** The executables of these names. @throws UserError that names all which the bundle lacks. */
export const selectBinaries = (bundle: Bundle, names: readonly string[]): BundledBinary[] =>
  select(bundle, "the executables", bundle.binaries, names);
