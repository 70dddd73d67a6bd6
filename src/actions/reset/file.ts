import { readKubeadmFile, resetOfKubeadm } from "../../config/kubeadm/index.ts";

/**
 * What kubeadm's file asks of a reset of this machine.
 * @param path of the file, or `-` for standard input
 * @throws ConfigError, UserError
 */
export const readResetFile = async (path: string): Promise<{ readonly force: boolean; readonly warnings: readonly string[] }> => {
  const file = await readKubeadmFile(path);
  const { force, warnings } = resetOfKubeadm(file);
  return { force, warnings: warnings.map(({ message, path: where }) => `${file.name}: ${where}: ${message}`) };
};
