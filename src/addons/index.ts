import { UserError } from "../shared/errors.ts";
import type { AddonModule } from "./addon.ts";
import { dashboard } from "./dashboard/index.ts";

export type { AddonModule, CertificateNeed, Made, MadeCertificate } from "./addon.ts";

/** Every add-on, in the order in which lists name them. */
export const addons: readonly AddonModule[] = [dashboard];

/** @throws UserError for a name that no add-on has */
export const addonNamed = (name: string): AddonModule => {
  const found = addons.find((addon) => addon.name === name);
  if (found !== undefined) return found;
  throw new UserError(`there is no add-on "${name}"`, { hint: `there is ${addons.map((addon) => addon.name).join(", ")}` });
};
