import type { EventError } from "../events.ts";

export interface HostFailure {
  readonly host: string;
  readonly phase?: string;
  readonly error: EventError;
}

/** The same cause on many hosts is told once: by its sentence, its cause and its remedy, without the host's own name. */
const causeOf = ({ host, phase, error: { message, probably, hint } }: HostFailure): string =>
  JSON.stringify([phase, message, probably, hint].map((part) => part?.replaceAll(host, "<host>")));

/** Failures, those with one cause together. */
export const groupFailures = (failures: readonly HostFailure[]): readonly (readonly HostFailure[])[] => [
  ...Map.groupBy(failures, causeOf).values(),
];
