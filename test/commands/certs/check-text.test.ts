import { expect, test } from "vitest";
import { parse } from "yaml";
import type { HostCertificates } from "../../../src/actions/certs/check.ts";
import { certificatesText } from "../../../src/commands/certs/check-text.ts";

const now = new Date("2026-03-04T05:06:07Z");
const inDays = (count: number): Date => new Date(now.getTime() + count * 86_400_000 + 3_600_000);

const cp1: HostCertificates = {
  host: "cp1",
  certificates: [
    { name: "admin.conf", missing: false, expires: inDays(364), ca: "ca", externallyManaged: false },
    { name: "apiserver", missing: false, expires: inDays(-1), ca: "ca", externallyManaged: true },
    { name: "super-admin.conf", missing: true, ca: "ca", externallyManaged: false },
  ],
  authorities: [{ name: "ca", missing: false, expires: inDays(3650), externallyManaged: true }],
  served: [
    {
      component: "kube-apiserver",
      address: "127.0.0.1:6443",
      expires: inDays(2),
      signedBy: "ca",
      file: "/etc/a.crt",
      loaded: false,
      problem: "stale",
    },
    { component: "kube-scheduler", address: "127.0.0.1:10259", problem: "kube-scheduler does not answer" },
  ],
};
const found = (...hosts: readonly HostCertificates[]) =>
  ({ outcome: { exit: "done", changed: 0, next: [] }, hosts, problems: [] }) as const;

test("the tables are kubeadm's, blank for blank, with what is served below", () => {
  expect(certificatesText(found(cp1), { output: "text", here: true, now })).toBe(
    [
      "CERTIFICATE                  EXPIRES                  RESIDUAL TIME   CERTIFICATE AUTHORITY   EXTERNALLY MANAGED",
      "admin.conf                   Mar 03, 2027 06:06 UTC   364d            ca                      no      ",
      "apiserver                    Mar 03, 2026 06:06 UTC   <invalid>       ca                      yes     ",
      "!MISSING! super-admin.conf                                                                    ",
      "",
      "CERTIFICATE AUTHORITY   EXPIRES                  RESIDUAL TIME   EXTERNALLY MANAGED",
      "ca                      Mar 01, 2036 06:06 UTC   10y             yes     ",
      "",
      "SERVED BY        ADDRESS           EXPIRES                  RESIDUAL TIME   SIGNED BY   AS ITS FILE",
      "kube-apiserver   127.0.0.1:6443    Mar 06, 2026 06:06 UTC   2d1h            ca          NO",
      "kube-scheduler   127.0.0.1:10259   !SILENT!                                             -",
      "",
    ].join("\n"),
  );
});

test("of a fleet each host's tables stand below its name", () => {
  const text = certificatesText(found(cp1, { ...cp1, host: "cp2" }), { output: "text", here: false, now });
  expect(text.match(/^cp\d:$/gm)).toEqual(["cp1:", "cp2:"]);
});

test("a program gets kubeadm's document of this machine, and of a fleet one for each host", () => {
  const here: unknown = JSON.parse(certificatesText(found(cp1), { output: "json", here: true, now }));
  expect(here).toMatchObject({
    kind: "CertificateExpirationInfo",
    apiVersion: "output.kubeadm.k8s.io/v1alpha3",
    certificates: [
      {
        name: "admin.conf",
        expirationDate: "2027-03-03T06:06:07Z",
        residualTime: 364 * 86_400 + 3600,
        externallyManaged: false,
        caName: "ca",
        missing: false,
      },
      { name: "apiserver", externallyManaged: true },
      { name: "super-admin.conf", expirationDate: null, residualTime: 0, externallyManaged: false, missing: true },
    ],
    served: [
      { component: "kube-apiserver", loaded: false },
      { component: "kube-scheduler", problem: "kube-scheduler does not answer" },
    ],
  });
  const fleet: unknown = parse(certificatesText(found(cp1), { output: "yaml", here: false, now }));
  expect(fleet).toMatchObject({ schema: "kbs/certificates/v1", hosts: [{ host: "cp1", certificates: [{}, {}, {}] }] });
});
