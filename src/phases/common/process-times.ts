import { sh } from "../../changes/sh/tag.ts";

/**
 * Shell functions that tell times in hundredths of a second since the epoch, as the kernel keeps them (proc_pid_stat(5)): in whole seconds a process that
 * comes half a second after a file may seem to be older than it.
 * begun NAME: when the youngest process of that name began; 0 when none runs. A process's name has 15 letters at most.
 * written FILE: when it was written.
 */
export const processTimes = sh`
read -r up rest </proc/uptime
boot=$(($(date +%s%2N) - $\{up%.*} * 100 - 1$\{up#*.} + 100))
begun() {
  set -- "$(printf %.15s "$1")"
  youngest=0
  for process in /proc/[0-9]*; do
    name=; read -r name 2>/dev/null <"$process/comm" || continue
    [ "$name" = "$1" ] || continue
    line=; read -r line 2>/dev/null <"$process/stat" || continue
    set -- "$1" $\{line##*) }
    began=$((boot + $\{21}))
    [ "$began" -le "$youngest" ] || youngest=$began
  done
  echo "$youngest"
}
written() { stat -c %.2Y -- "$1" | tr -d .; }
`;
