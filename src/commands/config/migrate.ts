import { resolve as resolvePath } from "node:path";
import { UserError } from "../../shared/errors.ts";
import { defineCommand } from "../command.ts";
import { text } from "../options.ts";

export const configMigrate = defineCommand({
  path: ["config", "migrate"],
  summary: "Rewrite an old configuration of kubeadm's as v1beta4",
  description:
    "Flags become lists, timeouts move, defaults are filled in. What depends on a machine (its name, address and socket, a random token, the newest " +
    "release) stays open where the file leaves it open. The result may hold tokens: --new-config writes a file for its owner alone.",
  options: {
    "old-config": text("The file to read; - is standard input", { placeholder: "FILE", complete: "file" }),
    "new-config": text("The file to write (default: standard output)", { placeholder: "FILE", complete: "file" }),
  },
  examples: [["kbs config migrate --old-config old.yaml --new-config new.yaml", "from v1beta3 to v1beta4"]],
  exits: [],
  run: async (values, { io }) => {
    const { "old-config": old, "new-config": fresh } = values;
    if (old === undefined) throw new UserError("--old-config is missing: which file?", { hint: "kbs config migrate --old-config FILE" });
    const { migrate } = await import("../../config/kubeadm/migrate.ts");
    const { readSource } = await import("../../config/read-source.ts");
    const { yamlStream } = await import("./yaml-stream.ts");
    const migrated = yamlStream(migrate(await readSource(old, io.stdin)));
    if (fresh === undefined) {
      io.stdout.write(migrated);
      return "done";
    }
    const { writeOwnFile } = await import("../../shared/own-file.ts");
    await writeOwnFile(resolvePath(io.cwd, fresh), migrated);
    return "done";
  },
});
