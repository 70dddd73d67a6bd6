/** kubeadm's name of a phase, typed as words or with slashes: what is below another stands behind a slash, and `all` below it is the other itself. */
export const phaseName = (words: readonly string[]): string =>
  words
    .flatMap((word) => word.split("/"))
    .filter((word, index) => word !== "" && !(index > 0 && word === "all"))
    .join("/");
