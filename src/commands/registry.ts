import { addNodes } from "./add/nodes.ts";
import { apply } from "./apply.ts";
import { certificateKey } from "./certs/certificate-key.ts";
import { checkExpiration } from "./certs/check-expiration.ts";
import { generateCsr } from "./certs/generate-csr.ts";
import { renewCerts } from "./certs/renew.ts";
import type { AnyCommand } from "./command.ts";
import { completion } from "./completion.ts";
import { configImages } from "./config/images.ts";
import { configMigrate } from "./config/migrate.ts";
import { configPrint } from "./config/print.ts";
import { configValidate } from "./config/validate.ts";
import { createCluster } from "./create/cluster.ts";
import { createConfig } from "./create/config.ts";
import { dashboardToken } from "./dashboard/token.ts";
import { deleteCluster } from "./delete/cluster.ts";
import { deleteNode } from "./delete/node.ts";
import { diagnose } from "./diagnose.ts";
import { history } from "./history.ts";
import { initPhase } from "./init/phase.ts";
import { init } from "./init.ts";
import { joinPhase } from "./join/phase.ts";
import { join } from "./join.ts";
import { kubeconfigUser } from "./kubeconfig/user.ts";
import { kubeconfig } from "./kubeconfig.ts";
import { plan } from "./plan.ts";
import { preflight } from "./preflight.ts";
import { report } from "./report.ts";
import { reset } from "./reset.ts";
import { schema } from "./schema.ts";
import { status } from "./status.ts";
import { tokenCreate } from "./token/create.ts";
import { tokenDelete } from "./token/delete.ts";
import { tokenGenerate } from "./token/generate.ts";
import { tokenList } from "./token/list.ts";
import { unlock } from "./unlock.ts";
import { version } from "./version.ts";

/** Every command, in the order in which help lists them. */
export const commands: readonly AnyCommand[] = [
  init,
  initPhase,
  join,
  joinPhase,
  createConfig,
  preflight,
  createCluster,
  plan,
  apply,
  addNodes,
  deleteNode,
  status,
  history,
  unlock,
  report,
  diagnose,
  kubeconfig,
  kubeconfigUser,
  tokenCreate,
  tokenList,
  tokenDelete,
  tokenGenerate,
  checkExpiration,
  renewCerts,
  certificateKey,
  generateCsr,
  dashboardToken,
  reset,
  deleteCluster,
  configPrint,
  configValidate,
  configMigrate,
  configImages,
  schema,
  completion,
  version,
];

/** What the words that stand before several commands are about. */
export const groups: Readonly<Record<string, string>> = {
  add: "Add to a cluster",
  certs: "Look after the certificates of a cluster",
  config: "Work with configuration files, kubeadm's among them",
  create: "Make a cluster, or a configuration for one",
  dashboard: "Use the dashboard addon",
  delete: "Take a cluster, or a node of it, away",
  init: "Make this machine a control plane, whole or phase by phase",
  join: "Make this machine a node of a cluster, whole or phase by phase",
  kubeconfig: "Print kubeconfigs: the administrator's, or a further user's",
  token: "Manage the bootstrap tokens by which machines join",
};
