import { text } from "node:stream/consumers";
import { expect } from "vitest";
import { connectSsh } from "../../../src/host/ssh/connect.ts";
import type { Prompt, Question, SshOptions, SshTarget } from "../../../src/host/ssh/target.ts";
import { UserError } from "../../../src/shared/errors.ts";

/** Logs in, asks who one is there, and leaves. */
export const whoAmI = async (target: SshTarget, options: SshOptions): Promise<string> => {
  const transport = await connectSsh(target, options);
  try {
    const shell = await transport.start("echo $(id -u) $SUDO_USER");
    shell.stdin.end();
    return (await text(shell.stdout)).trim();
  } finally {
    await transport.close();
  }
};

export const refusal = async (attempt: Promise<unknown>): Promise<UserError> => {
  const error = await attempt.then(
    () => new Error("it worked"),
    (reason: unknown) => reason,
  );
  if (!(error instanceof UserError)) throw error;
  expect(error.exit).toBe("unreachable");
  return error;
};

/** Answers in order; fails on a question nobody foresaw. */
export const answering = (...answers: readonly string[]): { readonly asked: Question[]; readonly prompt: Prompt } => {
  const asked: Question[] = [];
  return {
    asked,
    prompt: async (question) => {
      const answer = answers[asked.push(question) - 1];
      if (answer === undefined) throw new Error(`nobody expected: ${question.text}`);
      return answer;
    },
  };
};
