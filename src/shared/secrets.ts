/** Shorter texts would mask innocent words, so they are refused as secrets. */
const shortest = 6;

/** Forms in which a text may show up: as is, base64, URL-encoded, in JSON. */
const formsOf = (text: string): readonly string[] => [
  text,
  Buffer.from(text).toString("base64"),
  encodeURIComponent(text),
  JSON.stringify(text).slice(1, -1),
];

/** Secrets of this process. What is added here is masked in every log, event, report and error. */
class Secrets {
  /** Longest first: a shorter one must not cut a longer one in two, of which the rest would show. */
  #texts: readonly string[] = [];

  /** Registers a secret, and each of its lines where it has several; the armour of a PEM block is none. Returns it. */
  add(secret: string): string {
    const lines = secret.includes("\n") ? secret.split("\n").filter((line) => !line.startsWith("-----")) : [];
    const forms = [secret, ...lines].flatMap(formsOf).filter((form) => form.length >= shortest);
    this.#texts = [...new Set([...this.#texts, ...forms])].toSorted((a, b) => b.length - a.length);
    return secret;
  }

  /** The text with every registered secret replaced by `***`. */
  mask(text: string): string {
    let masked = text;
    for (const secret of this.#texts) if (masked.includes(secret)) masked = masked.replaceAll(secret, "***");
    return masked;
  }
}

/** The one register of this process: a secret must be masked wherever it was learned. */
export const secrets = new Secrets();
