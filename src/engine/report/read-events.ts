import { compileValidator } from "../../config/validator.ts";
import { UserError } from "../../shared/errors.ts";
import { eventsVersion, type TimedEvent } from "../events.ts";
import { lineSchemas } from "../progress/events-schema.ts";

/** The first line of a run's events. */
export interface VersionLine {
  readonly type: "version";
  readonly events: string;
  readonly kbs: string;
}

export type EventLine = VersionLine | TimedEvent;

type Validators = Map<string, (value: unknown) => string | undefined>;

const howMade = 'a file of events is what "kbs create cluster … --output json > FILE" writes';

const wrong = (name: string, line: number, what: string, hint = howMade): UserError => new UserError(`${name}:${line}: ${what}`, { hint });

/** @throws SyntaxError */
const parse = (text: string): unknown => JSON.parse(text);

const typeOf = (value: unknown): string | undefined =>
  typeof value === "object" && value !== null && "type" in value && typeof value.type === "string" ? value.type : undefined;

/** An event, if its type is known: later versions may have others, which are to be ignored. */
const judge = (value: unknown, name: string, line: number, validators: Validators): EventLine | undefined => {
  const type = typeOf(value);
  if (type === undefined) throw wrong(name, line, 'this is no event: it is no JSON object with a "type"');
  const schema = lineSchemas.get(type);
  if (schema === undefined) return undefined;
  const validate = validators.get(type) ?? compileValidator(schema);
  validators.set(type, validate);
  const problem = validate(value);
  if (problem !== undefined) throw wrong(name, line, `this is no event ${JSON.stringify(type)}: ${problem}`);
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the published schema has just said so
  return value as EventLine;
};

const major = (version: string): string => version.split(".")[0] ?? "";

const refuseOthers = (event: EventLine | undefined, isFirst: boolean, name: string, line: number): void => {
  if (event?.type !== "version") {
    if (isFirst) throw wrong(name, line, 'these are not the events of a run: they do not begin with {"type":"version",…}');
    return;
  }
  if (major(event.events) === major(eventsVersion)) return;
  const ours = `this kbs reads ${major(eventsVersion)}.x`;
  throw wrong(name, line, `these are events of version ${event.events}, and ${ours}`, `use kbs ${event.kbs}, which wrote them`);
};

/**
 * The events in newline-delimited JSON, each judged by its published schema. A last line that is cut, as a killed run leaves it, is left out.
 * @param name of the file, for errors
 * @throws UserError that says which line is no event, or that the version is another
 */
export async function* readEvents(lines: AsyncIterable<string> | Iterable<string>, name: string): AsyncGenerator<EventLine> {
  const validators: Validators = new Map();
  let number = 0;
  let isFirst = true;
  let broken: UserError | undefined;
  for await (const text of lines) {
    number++;
    if (text.trim() === "") continue;
    if (broken) throw broken;
    let value: unknown;
    try {
      value = parse(text);
    } catch {
      broken = wrong(name, number, "this is not JSON", isFirst ? howMade : "was standard error written into the file, too?");
      continue;
    }
    const event = judge(value, name, number, validators);
    refuseOthers(event, isFirst, name, number);
    isFirst = false;
    if (event !== undefined) yield event;
  }
  if (isFirst) throw broken ?? new UserError(`${name} holds no events`, { hint: howMade });
}
