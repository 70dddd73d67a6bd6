import { afterAll, beforeAll, expect, test } from "vitest";
import { hostFacts } from "../../src/facts/index.ts";
import { quote } from "../../src/shared/quote.ts";
import { describeReal } from "../host/ssh/real.ts";
import { type Sandbox, startSandbox } from "../support/sandbox.ts";

describeReal("a real sshd", () => {
  let sandbox: Sandbox;
  beforeAll(async () => {
    sandbox = await startSandbox();
    await sandbox.run("ssh-keygen -A; rm -f /etc/ssh/sshd_config.d/*; echo 'Include /etc/ssh/sshd_config.d/*.conf' >/etc/ssh/sshd_config");
  });
  afterAll(() => sandbox.stop());

  test.each([
    ["is not asked where nobody has set anything", ["#MaxSessions 10"], "", {}],
    ["tells what was set", ["maxsessions 2", "AllowTcpForwarding no"], "", { maxSessions: 2, forwards: false }],
    ["forwards from the host where only the other way is forbidden", ["AllowTcpForwarding=local"], "", { maxSessions: 10, forwards: true }],
    ["does not where all of it is", ["DisableForwarding yes"], "", { maxSessions: 10, forwards: false }],
    ["tells it of the user who became root", ["Match User ops", "MaxSessions 3"], "SUDO_USER=ops", { maxSessions: 3, forwards: true }],
    [
      "tells it of the address from which the log-in came",
      ["MaxSessions 1", "Match Address 10.0.0.0/8", "MaxSessions 4"],
      "SSH_CONNECTION='10.1.2.3 50000 10.0.0.11 22'",
      { maxSessions: 4, forwards: true },
    ],
  ])("%s", async (_, config, environment, told) => {
    const script = quote(hostFacts.sshd.question.script);
    await sandbox.run(`printf '%s\n' ${config.map(quote).join(" ")} >/etc/ssh/sshd_config.d/hard.conf`);
    expect(hostFacts.sshd.parse(await sandbox.run(`env -u SSH_CONNECTION -u SUDO_USER ${environment} sh -c ${script}`), 0)).toEqual(told);
  });
});
