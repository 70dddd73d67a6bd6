/** Whether this machine can have a lab, and if not, a sentence saying why. */
export const labSupport = (): { readonly ok: true } | { readonly ok: false; readonly why: string } => {
  if (process.platform !== "linux")
    return { ok: false, why: `the lab boots Linux hosts in containers, and this is ${process.platform}: use a Linux machine` };
  if (process.getuid?.() !== 0)
    return { ok: false, why: "the lab mounts, bridges and boots hosts, which only root may do: run it as root" };
  return { ok: true };
};

/** @throws Error when this machine cannot have a lab. */
export const requireLab = (): void => {
  const support = labSupport();
  if (!support.ok) throw new Error(support.why);
};
