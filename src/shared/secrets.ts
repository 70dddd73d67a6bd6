/** Shorter texts would mask innocent words, so they are refused as secrets. */
const shortest = 6;

/** Secrets of this process. What is added here is masked in every log, event, report and error. */
export class Secrets {
  readonly #texts = new Set<string>();

  /** Registers a secret and the forms in which it may show up: as is, each line of it, base64, URL-encoded, JSON. Returns it. */
  add(secret: string): string {
    const lines = secret.includes("\n") ? secret.split("\n") : [];
    for (const text of [secret, ...lines]) {
      for (const form of [text, Buffer.from(text).toString("base64"), encodeURIComponent(text), JSON.stringify(text).slice(1, -1)]) {
        if (form.length >= shortest && !form.startsWith("-----")) this.#texts.add(form);
      }
    }
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
