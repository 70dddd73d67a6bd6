import { quote } from "../shared/quote.ts";
import { type Fact, fact } from "./fact.ts";
import { lines, sections } from "./text.ts";

/**
 * The addresses that a host knows a name by, as its programs would: by its hosts file, DNS and whatever else its name service switch names. Empty for a name
 * that it does not know, or of which no server tells it in time; undefined where it cannot be asked.
 */
export const addressesOf = (name: string): Fact<readonly string[] | undefined> =>
  fact(
    "addressesOf",
    `
command -v getent >/dev/null || exit 0
echo '@@ addresses'
timeout 12 getent ahosts ${quote(name)} | cut -d' ' -f1 | sort -u`,
    (output): readonly string[] | undefined => {
      const found = sections(output).get("addresses");
      return found === undefined ? undefined : lines(found);
    },
  );
