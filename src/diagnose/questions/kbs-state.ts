import { stateDirectory } from "../../changes/sh/base.ts";
import { fact } from "../../facts/fact.ts";
import { sections } from "../../facts/text.ts";

/** What kbs itself left word of on a host. */
export interface KbsState {
  /** Who holds the host now, in one line; absent when nobody does. */
  readonly owner?: string;
  /** The last lines of the journal. */
  readonly journal: string;
}

/** Before-images are not looked at: they are what the files of this host were. */
export const kbsState = fact(
  "kbsState",
  `
echo '@@ owner'
[ -s /run/kbs/run ] && head -c 500 /run/kbs/owner
echo
echo '@@ journal'
[ -f ${stateDirectory}/journal ] && tail -n 60 ${stateDirectory}/journal | tail -c 12000`,
  (output): KbsState => {
    const parts = sections(output);
    const owner = parts.get("owner")?.trim() ?? "";
    return { journal: parts.get("journal") ?? "", ...(owner !== "" && { owner }) };
  },
  { secret: true },
);
