import { registerHooks } from "node:module";
import process from "node:process";
import { rewritten } from "./instrument.ts";

// Loaded into the process of kbs before its own modules (`node --import`). No code of kbs knows of it.

const textOf = (source: string | ArrayBuffer | NodeJS.TypedArray | undefined): string =>
  typeof source === "string" ? source : new TextDecoder().decode(source);

registerHooks({
  load: (url, context, next) => {
    const loaded = next(url, context);
    const [, rewrite] = Object.entries(rewritten).find(([path]) => url.endsWith(path)) ?? [];
    return rewrite ? { ...loaded, source: rewrite(textOf(loaded.source)) } : loaded;
  },
});

/** "<host> <phase> <nth>": where this process is to die, right after it has told that this phase has ended there. */
const deadline = process.env["KBS_FAULT_PHASE_END"];

interface Event {
  readonly type?: string;
  readonly host?: string;
  readonly phase?: string;
  readonly state?: string;
}

if (deadline !== undefined) {
  const [host, phase, nth] = deadline.split(" ");
  let times = 0;
  const write = process.stdout.write.bind(process.stdout);
  const isIt = (line: string): boolean => {
    if (!line.includes('"unit-ended"')) return false;
    const event: Event = JSON.parse(line);
    return event.type === "unit-ended" && event.state === "done" && event.host === host && event.phase === phase;
  };
  process.stdout.write = (text: string | Uint8Array) => {
    // Writing to a pipe is synchronous: the event is told, and nothing after it is done.
    const written = write(text);
    if (typeof text === "string" && isIt(text) && ++times === Number(nth)) process.kill(process.pid, "SIGKILL");
    return written;
  };
}
