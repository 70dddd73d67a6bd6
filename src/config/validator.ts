import { Ajv } from "ajv";

/**
 * Compiles a JSON schema of ours that is not the configuration's.
 * @returns says of a value what is wrong with it first, as "host: must be string"; undefined when nothing is
 */
export const compileValidator = (schema: object): ((value: unknown) => string | undefined) => {
  const validate = new Ajv().compile(schema);
  return (value) => {
    if (validate(value)) return undefined;
    const [error] = validate.errors ?? [];
    const place = error?.instancePath.slice(1).replaceAll("/", ".");
    return `${place ? `${place}: ` : ""}${error?.message ?? "it does not fit"}`;
  };
};
