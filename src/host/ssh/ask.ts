import { secrets } from "../../shared/secrets.ts";
import type { Prompt } from "./target.ts";

const lines = new WeakMap<Prompt, Promise<unknown>>();

/** The same prompt, but one question at a time: twenty hosts may want to ask at once. Secret answers are masked from then on. */
export const inTurn = (prompt: Prompt): Prompt => {
  const ask: Prompt = (question) => {
    const turn = (lines.get(prompt) ?? Promise.resolve()).then(() => prompt(question));
    lines.set(
      prompt,
      turn.catch(() => undefined),
    );
    return turn.then((answer) => (question.secret ? secrets.add(answer) : answer));
  };
  return ask;
};
