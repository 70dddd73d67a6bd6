import type { Joining } from "../../actions/init/init.ts";
import { controlPlaneLine, joinLine } from "../../actions/join/line.ts";

const withheld = "<value withheld>";

/** How further control planes join: by what was uploaded, or by files that are copied where the endpoint is there for several. */
const controlPlanes = ({ endpoint, ca, certificateKey, folder, isLasting }: Joining, token: string, key: string): readonly string[] => {
  if (certificateKey !== undefined) {
    return [
      "",
      "To join a further control plane, type this there as root:",
      `  ${controlPlaneLine(endpoint, ca, token, key)}`,
      "The certificate key opens the cluster's keys: keep it secret. What was uploaded is deleted after two hours;",
      '"kbs init phase upload-certs --upload-certs" uploads it again.',
      ...(isLasting
        ? []
        : [
            `${endpoint} is the address of this machine, without which nobody finds the others: --control-plane-endpoint names a lasting one.`,
          ]),
    ];
  }
  if (!isLasting) return [];
  return [
    "",
    `To join a further control plane, copy the CAs and the service accounts' keys of ${folder} there, and type as root:`,
    `  ${controlPlaneLine(endpoint, ca, token)}`,
  ];
};

/** What a person does next, as kubeadm's init ends. Holds the token and the key: for the terminal alone. */
export const endingText = (joining: Joining, shows: { readonly showsToken: boolean; readonly showsKey: boolean }): string => {
  const { endpoint, ca, isShown, certificateKey = "" } = joining;
  const token = shows.showsToken ? joining.token : withheld;
  const lines = [
    ...controlPlanes(joining, token, shows.showsKey ? certificateKey : withheld),
    "",
    "To join another machine, type this there as root:",
    `  ${joinLine(endpoint, ca, token)}`,
  ];
  return [
    "",
    "To use the cluster as a user who is not root:",
    "  mkdir -p $HOME/.kube",
    "  sudo cp -i /etc/kubernetes/admin.conf $HOME/.kube/config",
    "  sudo chown $(id -u):$(id -g) $HOME/.kube/config",
    ...(isShown ? lines : []),
    "",
  ].join("\n");
};
