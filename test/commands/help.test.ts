import { describe, expect, test } from "vitest";
import { commands } from "../../src/commands/registry.ts";
import { runKbs } from "./run-kbs.ts";

describe("help", () => {
  test("kbs alone tells what it can do", async () => {
    const { code, stdout, stderr } = await runKbs([]);
    expect(code).toBe(0);
    expect(stderr).toBe("");
    expect(stdout).toMatchInlineSnapshot(`
      "Usage: kbs COMMAND [flags]

      Turns plain Linux machines into a Kubernetes cluster, and keeps that cluster alive.

      Commands:
        init                    Make this machine the control plane of a new cluster
        init phase              Do one phase of kbs init on this machine, by kubeadm's
                                name of it
        join                    Make this machine a worker of a cluster, or one more
                                control plane
        join phase              Do one phase of kbs join on this machine, by kubeadm's
                                name of it
        create config           Print a commented configuration to start from
        preflight               Ask every host whether it is fit, and change nothing
        create cluster          Make the cluster of a configuration, or bring it to
                                what the configuration says
        plan                    Show what an apply would change and why, and change
                                nothing
        apply                   Bring a cluster to what the configuration says, or do
                                what a saved plan says
        add nodes               Join the hosts of the configuration that the cluster
                                does not know yet
        delete node             Move a node's pods elsewhere, give its host back, and
                                take it out of the cluster
        status                  Show hosts, nodes, components, the certificates' ends,
                                and what is not ready
        history                 Show what was done on the hosts, when and by whom,
                                from their own journals
        unlock                  Say whose run holds the hosts, and take them away from
                                it
        report                  Write a page that shows what happened in a run: what
                                was changed, what failed, where the time went
        diagnose                Name likely causes of what is wrong, and collect the
                                evidence in one archive
        kubeconfig              Print the cluster's kubeconfig, which works from this
                                machine
        kubeconfig user         Print a kubeconfig for a further user, whose
                                certificate the cluster's CA signs now
        token create            Make a bootstrap token, by which machines join the
                                cluster, and print it
        token list              Show the bootstrap tokens of the cluster, with their
                                ends
        token delete            Delete bootstrap tokens, by their ids or as a whole
        token generate          Print a new bootstrap token without making it in any
                                cluster
        certs check-expiration  Show when certificates end, on disk and as components
                                really present them
        certs renew             Renew certificates of control planes, and have their
                                components load them
        certs certificate-key   Print a new key for the upload of certificates to
                                further control planes
        certs generate-csr      Write keys and signing requests for a CA that is kept
                                elsewhere
        dashboard token         Print a token to log in to the dashboard with, and the
                                dashboard's address
        reset                   Give single hosts, or this machine, back as they were
                                before kbs came
        delete cluster          Take away what kbs made on the hosts, and give them
                                back as they were found
        config print            Print a configuration of kubeadm's with every default
        config validate         Say what is wrong with a configuration, kubeadm's or
                                kbs's own
        config migrate          Rewrite an old configuration of kubeadm's as v1beta4
        config images           List the images that a machine of a cluster needs, or
                                bring them to this machine
        schema                  Print the JSON schema of the configuration, or of the
                                events of --output json
        completion              Print a script that lets your shell complete commands,
                                flags and the names of hosts
        version                 Print the version of kbs and of the Kubernetes it
                                makes by default

      Flags of every command:
        -v, --verbose   Say more: -v every change, -vv every exchange with a host,
                        -vvv what it answered too
        -q, --quiet     Say only what went wrong
            --no-color  Use no colours, as NO_COLOR in the environment does
            --debug     When kbs itself fails, show where
        -h, --help      Show this text
            --version   Print the version of kbs

      kbs COMMAND --help tells more about one of them.
      "
    `);
  });

  test("a command tells its purpose, examples, flags and exit codes", async () => {
    const { code, stdout } = await runKbs(["create", "cluster", "--help"]);
    expect(code).toBe(0);
    expect(stdout).toMatchInlineSnapshot(`
      "Usage: kbs create cluster [flags]

      Make the cluster of a configuration, or bring it to what the configuration says.
      Prepares every host over SSH, starts the control plane, joins the workers and
      waits until all is ready. Run again, it changes only what differs. When one host
      is not fit, nothing is changed anywhere, unless --keep-going is given.

      Examples:
        kbs create config > kbs.yaml                   write a configuration to start
                                                       from
        kbs create cluster -f kbs.yaml                 make the cluster
        kbs create cluster -f kbs.yaml --limit cp1,w3  touch these two hosts only

      Flags:
        -f, --file FILE                   The configuration; - is standard input
                                          (default: KBS_CONFIG, then ./kbs.yaml)
            --limit HOST,…                Touch only these hosts
            --concurrency N               How many hosts are worked on at once
                                          (default: 30)
            --timeout DURATION            Give up after this time (default: 30m)
            --accept-new-host-keys        Trust the SSH key of a host that was never
                                          seen; a changed key is still refused
            --log-file FILE               Write the full log there
            --keep-going                  Go on with the other hosts when one is not
                                          fit, or fails
            --yes                         Answer yes where kbs would ask for
                                          confirmation
        -o, --output text|json            Text for a person, or an event a line on
                                          standard output (default: text)
            --bundle PATH                 Take binaries and images from this bundle,
                                          or this folder of bundles
            --ignore-preflight-errors ID,…
                                          Ids of preflight checks whose errors are
                                          accepted, or all
            --kubeconfig FILE             Write the cluster's kubeconfig there
                                          (default: NAME.kubeconfig)
            --merge-kubeconfig            Add the cluster to your own kubeconfig too

      Flags of every command:
        -v, --verbose   Say more: -v every change, -vv every exchange with a host,
                        -vvv what it answered too
        -q, --quiet     Say only what went wrong
            --no-color  Use no colours, as NO_COLOR in the environment does
            --debug     When kbs itself fails, show where
        -h, --help      Show this text

      Exit codes: 0 done, or nothing to do; 1 a bug of kbs; 2 wrong usage or
      configuration; 3 a host is not fit; nothing was changed; 4 a host is unreachable
      or refused the log-in; 5 a phase failed or took too long; 6 another run holds a
      host; 130 interrupted.
      "
    `);
  });

  test("a word with several commands lists them", async () => {
    const { stdout } = await runKbs(["create", "-h"]);
    expect(stdout).toMatchInlineSnapshot(`
      "Usage: kbs create COMMAND [flags]

      Turns plain Linux machines into a Kubernetes cluster, and keeps that cluster alive.

      Commands:
        create config   Print a commented configuration to start from
        create cluster  Make the cluster of a configuration, or bring it to what the
                        configuration says

      Flags of every command:
        -v, --verbose   Say more: -v every change, -vv every exchange with a host,
                        -vvv what it answered too
        -q, --quiet     Say only what went wrong
            --no-color  Use no colours, as NO_COLOR in the environment does
            --debug     When kbs itself fails, show where
        -h, --help      Show this text
            --version   Print the version of kbs

      kbs COMMAND --help tells more about one of them.
      "
    `);
  });

  test("kbs help x is kbs x --help", async () => {
    expect((await runKbs(["help", "delete", "cluster"])).stdout).toBe((await runKbs(["delete", "cluster", "--help"])).stdout);
  });

  test.each(commands.map((command) => [command.path.join(" "), command] as const))(
    "the help of %s fits a terminal, and every flag in it says what it does",
    async (_, { path, options }) => {
      const { code, stdout } = await runKbs([...path, "--help"]);
      expect(code).toBe(0);
      for (const line of stdout.split("\n")) expect(line.length).toBeLessThanOrEqual(80);
      for (const [name, { summary }] of Object.entries(options)) {
        expect(stdout).toContain(`--${name}`);
        expect(summary.length).toBeGreaterThan(10);
      }
    },
  );

  test.each(commands.flatMap(({ examples }) => examples).map(([line]) => [line]))(
    "the example %s is a line that kbs understands",
    async (line) => {
      const words = /kbs ([^|>)]*)/.exec(line)?.[1]?.trim().split(/\s+/) ?? [];
      const { code, stderr } = await runKbs([...words, "--help"]);
      expect(stderr).toBe("");
      expect(code).toBe(0);
    },
  );
});
