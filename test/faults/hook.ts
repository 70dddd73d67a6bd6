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

/** "<host> <phase> <nth>", several of them with commas: this process dies right after it has told that such a phase has ended there. */
const deadlines = process.env["KBS_FAULT_PHASE_ENDS"]?.split(",") ?? [];

interface Event {
  readonly type?: string;
  readonly host?: string;
  readonly phase?: string;
  readonly state?: string;
}

if (deadlines.length > 0) {
  const times = new Map<string, number>();
  const write = process.stdout.write.bind(process.stdout);
  const isOne = (line: string): boolean => {
    if (!line.includes('"unit-ended"')) return false;
    const { type, state, host, phase }: Event = JSON.parse(line);
    if (type !== "unit-ended" || state !== "done") return false;
    const name = `${host} ${phase}`;
    times.set(name, (times.get(name) ?? 0) + 1);
    return deadlines.includes(`${name} ${times.get(name)}`);
  };
  process.stdout.write = (text: string | Uint8Array, ...rest: unknown[]) => {
    // Writing to a pipe is synchronous: the event is told, and nothing after it is done.
    const written = Reflect.apply(write, undefined, [text, ...rest]);
    if (typeof text === "string" && isOne(text)) process.kill(process.pid, "SIGKILL");
    return written;
  };
}
