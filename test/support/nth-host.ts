import type { Lab, LabHost } from "../lab/index.ts";

/** A host of a lab, counted from 0. @throws RangeError */
export const hostOf = ({ hosts }: Lab, nth: number): LabHost => {
  const host = hosts[nth];
  if (!host) throw new RangeError("the lab has no such host");
  return host;
};
