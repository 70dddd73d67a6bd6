import type { Joining } from "../../actions/init.ts";
import { joinLine } from "../../actions/join-line.ts";

/** What a person does next, as kubeadm's init ends. Holds the token: for the terminal alone. */
export const endingText = ({ endpoint, ca, token, isShown }: Joining, { showsToken }: { readonly showsToken: boolean }): string =>
  [
    "",
    "To use the cluster as a user who is not root:",
    "  mkdir -p $HOME/.kube",
    "  sudo cp -i /etc/kubernetes/admin.conf $HOME/.kube/config",
    "  sudo chown $(id -u):$(id -g) $HOME/.kube/config",
    ...(isShown
      ? ["", "To join another machine, type this there as root:", `  ${joinLine(endpoint, ca, showsToken ? token : "<value withheld>")}`]
      : []),
    "",
  ].join("\n");
