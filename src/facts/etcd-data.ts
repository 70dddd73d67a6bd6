import { quote } from "../shared/quote.ts";
import { type Fact, fact } from "./fact.ts";

/** Whether anything lies in the folder for etcd's data, but for what a filesystem of its own has there from the start. */
export const etcdDataIn = (folder: string): Fact<boolean> =>
  fact("etcdData", `[ -z "$(ls -A ${quote(folder)} | grep -vx 'lost+found')" ] || echo yes`, (output) => output.trim() === "yes");
