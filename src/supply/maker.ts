/**
 * What makes a bundle, as long as kbs itself has no command for it: as a hint names it.
 * @param minor of Kubernetes, such as 1.37
 */
export const bundleMaker = (minor?: string): string =>
  `"npm run lab -- bundle${minor === undefined ? "" : ` --kubernetes ${minor}`}" in the source tree of kbs`;
