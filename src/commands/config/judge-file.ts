import { isKubeadmText } from "../../config/kubeadm/detect.ts";
import { readKubeadmText } from "../../config/kubeadm/index.ts";
import { loadConfig } from "../../config/load.ts";
import { type Problem, sortProblems } from "../../config/problems.ts";
import { readSource } from "../../config/read-source.ts";
import type { Io } from "../io.ts";

/** A text as a stream, to be read once more. */
export async function* again(text: string): AsyncGenerator<string> {
  yield text;
}

/**
 * Reads a configuration of either kind.
 * @returns its warnings
 * @throws ConfigError with all that is wrong
 */
export const judgeFile = async (path: string, io: Pick<Io, "stdin" | "env">): Promise<readonly Problem[]> => {
  const source = await readSource(path, io.stdin);
  if (isKubeadmText(source.text)) {
    const { refusalsOf } = await import("../../actions/kubeadm-refusals.ts");
    const file = readKubeadmText(source);
    return sortProblems([...file.warnings, ...refusalsOf(file)]);
  }
  return (await loadConfig(path, { stdin: again(source.text), env: io.env })).warnings;
};
